package main

import (
	"fmt"

	"github.com/qri-io/starlib/encoding/base64"
	"github.com/qri-io/starlib/encoding/csv"
	"github.com/qri-io/starlib/hash"
	"github.com/qri-io/starlib/re"
	"go.starlark.net/lib/json"
	"go.starlark.net/lib/math"
	"go.starlark.net/lib/time"
	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

// load gives the modules of the catalog's function that need nothing from outside.
func load(_ *starlark.Thread, name string) (starlark.StringDict, error) {
	switch name {
	case base64.ModuleName:
		return base64.LoadModule()
	case csv.ModuleName:
		return csv.LoadModule()
	case "encoding/json.star":
		return starlark.StringDict{"json": json.Module}, nil
	case "encoding/yaml.star":
		return starlark.StringDict{"yaml": yamlModule}, nil
	case hash.ModuleName:
		return hash.LoadModule()
	case "krmfn.star":
		return starlark.StringDict{"krmfn": krmModule}, nil
	case "math.star":
		return starlark.StringDict{"math": math.Module}, nil
	case re.ModuleName:
		return re.LoadModule()
	case "time.star":
		return starlark.StringDict{"time": timeModule()}, nil
	case "http.star":
		return nil, fmt.Errorf("a render has no network")
	case "bsoup.star", "geo.star", "html.star", "xlsx.star", "zipfile.star":
		return nil, fmt.Errorf("this module of the kpt function catalog is not available here")
	}
	return nil, fmt.Errorf("there is no such module")
}

// timeModule has no current time: a render depends on its input alone.
func timeModule() *starlarkstruct.Module {
	members := starlark.StringDict{}
	for name, value := range time.Module.Members {
		members[name] = value
	}
	members["now"] = starlark.NewBuiltin("now", noTime)
	return &starlarkstruct.Module{Name: "time", Members: members}
}

func noTime(*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
	return nil, fmt.Errorf("a render has no clock: equal files give equal results")
}

var krmModule = &starlarkstruct.Module{
	Name: "krmfn",
	Members: starlark.StringDict{
		"match_gvk":       matcher("match_gvk", []string{"apiVersion"}, []string{"kind"}),
		"match_name":      matcher("match_name", []string{"metadata", "name"}),
		"match_namespace": matcher("match_namespace", []string{"metadata", "namespace"}),
	},
}

// matcher compares fields of a resource with texts.
func matcher(name string, paths ...[]string) *starlark.Builtin {
	return starlark.NewBuiltin(name, func(
		_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
	) (starlark.Value, error) {
		var resource starlark.Value
		wanted := make([]string, len(paths))
		targets := []any{&resource}
		for at := range wanted {
			targets = append(targets, &wanted[at])
		}
		if err := starlark.UnpackPositionalArgs(name, args, kwargs, len(targets), targets...); err != nil {
			return nil, err
		}
		for at, path := range paths {
			if textAt(resource, path...) != wanted[at] {
				return starlark.False, nil
			}
		}
		return starlark.True, nil
	})
}

// noSchemas stands for ctx.open_api, which is not available.
type noSchemas struct{}

func (noSchemas) String() string        { return "open_api" }
func (noSchemas) Type() string          { return "open_api" }
func (noSchemas) Freeze()               {}
func (noSchemas) Truth() starlark.Bool  { return starlark.False }
func (noSchemas) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable type: open_api") }
func (noSchemas) AttrNames() []string   { return nil }
func (noSchemas) Get(starlark.Value) (starlark.Value, bool, error) {
	return nil, false, errNoSchemas
}
func (noSchemas) Attr(string) (starlark.Value, error) { return nil, errNoSchemas }

var errNoSchemas = fmt.Errorf("ctx.open_api is not available here: scripts get no schemas")
