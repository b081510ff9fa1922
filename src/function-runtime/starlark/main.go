// Runs the Starlark script of a functionConfig on the items of a ResourceList, as the function starlark of the kpt
// function catalog does. Reads a ResourceList in JSON from stdin and writes one to stdout; the script prints to stderr.
// It is compiled for WASI and gets no clock, no random numbers, no files, no environment and no network.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"
)

const (
	// A script that takes more is ended, at the same place each time.
	maxSteps = 30_000_000
	// Endless recursion ends here, before the memory does.
	maxStack = 64 << 20
)

// What the catalog's function allows beyond the language's standard.
var dialect = &syntax.FileOptions{
	Set:             true,
	While:           true,
	TopLevelControl: true,
	GlobalReassign:  true,
	Recursion:       true,
}

func main() {
	debug.SetMaxStack(maxStack)
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		fail(err)
	}
	output, err := run(input)
	if err != nil {
		fail(err)
	}
	if _, err := os.Stdout.Write(output); err != nil {
		fail(err)
	}
}

// fail ends the function with a result, as the specification of KRM functions has it.
func fail(err error) {
	text, _ := json.Marshal(map[string]any{
		"apiVersion": "config.kubernetes.io/v1",
		"kind":       "ResourceList",
		"items":      []any{},
		"results":    []any{map[string]any{"severity": "error", "message": err.Error()}},
	})
	os.Stdout.Write(text)
	os.Exit(1)
}

func run(input []byte) ([]byte, error) {
	value, err := decode(input)
	if err != nil {
		return nil, err
	}
	list, ok := value.(*starlark.Dict)
	if !ok {
		return nil, fmt.Errorf("the input is no ResourceList")
	}
	name, source, err := scriptOf(list)
	if err != nil {
		return nil, err
	}
	thread := &starlark.Thread{
		Name:  name,
		Load:  load,
		Print: func(_ *starlark.Thread, text string) { fmt.Fprintln(os.Stderr, text) },
	}
	thread.SetMaxExecutionSteps(maxSteps)
	ctx := starlarkstruct.FromStringDict(starlarkstruct.Default, starlark.StringDict{
		"resource_list": list,
		"environment":   new(starlark.Dict),
		"open_api":      noSchemas{},
	})
	if _, err := starlark.ExecFileOptions(dialect, thread, name, source, starlark.StringDict{"ctx": ctx}); err != nil {
		return nil, describe(thread, name, err)
	}
	return encode(list)
}

// describe adds the line of the script to an error, which the catalog's function leaves out.
func describe(thread *starlark.Thread, name string, err error) error {
	failed, ok := err.(*starlark.EvalError)
	if !ok {
		return err
	}
	message := failed.Error()
	if thread.ExecutionSteps() >= maxSteps {
		message = fmt.Sprintf("the script takes more than %d steps", maxSteps)
	}
	for at := range failed.CallStack {
		if pos := failed.CallStack.At(at).Pos; pos.Filename() == name {
			return fmt.Errorf("%s (line %d of the script)", message, pos.Line)
		}
	}
	return fmt.Errorf("%s", message)
}

// scriptOf returns the name and the text of the script of a functionConfig.
func scriptOf(list *starlark.Dict) (name, source string, err error) {
	config, _, _ := list.Get(starlark.String("functionConfig"))
	name = textAt(config, "metadata", "name")
	if name == "" {
		name = "starlark-function-run"
	}
	source = textAt(config, "source")
	if textAt(config, "kind") == "ConfigMap" {
		source = textAt(config, "data", "source")
	}
	if source == "" {
		return "", "", fmt.Errorf("`source` must not be empty")
	}
	return name, source, nil
}

func textAt(value starlark.Value, path ...string) string {
	for _, key := range path {
		dict, ok := value.(*starlark.Dict)
		if !ok {
			return ""
		}
		value, _, _ = dict.Get(starlark.String(key))
	}
	text, _ := starlark.AsString(value)
	return text
}
