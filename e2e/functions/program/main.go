// A KRM function for tests, as a WebAssembly module and as an executable: `mode` in its input says what it does.
package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"regexp"
	"strings"
	"time"
)

func main() {
	input, _ := io.ReadAll(os.Stdin)
	text := string(input)
	mode := regexp.MustCompile(`\n +mode: ([a-z]+)`).FindStringSubmatch(text)
	if mode == nil {
		mode = []string{"", ""}
	}
	switch mode[1] {
	case "loop":
		for i := 0; ; i++ {
			if i < 0 {
				return
			}
		}
	case "memory":
		var all [][]byte
		for {
			block := make([]byte, 1<<20)
			for at := range block {
				block[at] = byte(at)
			}
			all = append(all, block)
		}
	case "output":
		for {
			fmt.Println(strings.Repeat("x", 1<<16))
		}
	case "log":
		fmt.Fprint(os.Stderr, strings.Repeat("log ", 1<<20))
	case "sleep":
		time.Sleep(time.Hour)
	case "nothing":
		return
	case "panic":
		panic("on purpose")
	case "surroundings":
		surroundings()
	case "results":
		fmt.Print("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\nresults:\n" +
			"- message: replicas are too few\n  severity: error\n" +
			"  resourceRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n" +
			"  field: {path: spec.replicas, currentValue: 1, proposedValue: 2}\n" +
			"- message: all is well otherwise\n  severity: info\n")
		os.Exit(1)
	}
	fmt.Print(strings.ReplaceAll(text, "replicas: 1", "replicas: 2"))
}

// Tells what it sees of the machine.
func surroundings() {
	_, network := net.Dial("tcp", "127.0.0.1:80")
	files, _ := os.ReadDir("/")
	fmt.Fprintln(os.Stderr, len(os.Args), os.Environ(), time.Now().Unix(), rand.Uint64(), len(files), network != nil)
}
