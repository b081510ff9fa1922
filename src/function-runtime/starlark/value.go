package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"sort"
	"strconv"
	"unicode/utf8"

	starjson "go.starlark.net/lib/json"
	"go.starlark.net/starlark"
)

// maxDepth bounds the nesting of what a script makes: a list may contain itself.
const maxDepth = 300

// decode reads JSON with the order of its fields, and integers of any size.
func decode(text []byte) (starlark.Value, error) {
	function := starjson.Module.Members["decode"]
	return starlark.Call(new(starlark.Thread), function, starlark.Tuple{starlark.String(text)}, nil)
}

// encode writes JSON whose fields are sorted, as those of the catalog's function are.
func encode(value starlark.Value) ([]byte, error) {
	var out bytes.Buffer
	if err := write(&out, value, 0); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func write(out *bytes.Buffer, value starlark.Value, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("a value nests deeper than %d levels", maxDepth)
	}
	switch value := value.(type) {
	case starlark.NoneType:
		out.WriteString("null")
	case starlark.Bool:
		out.WriteString(strconv.FormatBool(bool(value)))
	case starlark.Int:
		out.WriteString(value.String())
	case starlark.Float:
		return writeFloat(out, float64(value))
	case starlark.String:
		return writeText(out, string(value))
	case *starlark.List:
		return writeList(out, value, depth)
	case starlark.Tuple:
		return writeList(out, value, depth)
	case *starlark.Dict:
		return writeDict(out, value, depth)
	default:
		return fmt.Errorf("a value of type %s cannot be part of a resource", value.Type())
	}
	return nil
}

// writeFloat writes whole numbers as integers: 8 / 2 is a float.
func writeFloat(out *bytes.Buffer, value float64) error {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return fmt.Errorf("%v cannot be part of a resource", value)
	}
	if value == math.Trunc(value) && math.Abs(value) < 1<<53 {
		out.WriteString(strconv.FormatInt(int64(value), 10))
		return nil
	}
	text, err := json.Marshal(value)
	out.Write(text)
	return err
}

func writeText(out *bytes.Buffer, value string) error {
	if !utf8.ValidString(value) {
		return fmt.Errorf("a text that is no UTF-8 cannot be part of a resource")
	}
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	// The encoder ends each text with a line break.
	out.Truncate(out.Len() - 1)
	return err
}

func writeList(out *bytes.Buffer, list starlark.Indexable, depth int) error {
	out.WriteByte('[')
	for at := range list.Len() {
		if at > 0 {
			out.WriteByte(',')
		}
		if err := write(out, list.Index(at), depth+1); err != nil {
			return err
		}
	}
	out.WriteByte(']')
	return nil
}

func writeDict(out *bytes.Buffer, dict *starlark.Dict, depth int) error {
	fields := make(map[string]starlark.Value, dict.Len())
	names := make([]string, 0, dict.Len())
	for _, item := range dict.Items() {
		name, ok := starlark.AsString(item[0])
		if !ok {
			return fmt.Errorf("the key %s of a resource is no text", item[0])
		}
		fields[name] = item[1]
		names = append(names, name)
	}
	sort.Strings(names)
	out.WriteByte('{')
	for at, name := range names {
		if at > 0 {
			out.WriteByte(',')
		}
		if err := writeText(out, name); err != nil {
			return err
		}
		out.WriteByte(':')
		if err := write(out, fields[name], depth+1); err != nil {
			return err
		}
	}
	out.WriteByte('}')
	return nil
}
