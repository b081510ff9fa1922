package main

import (
	"fmt"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.yaml.in/yaml/v2"
)

// yamlModule is the catalog's, except that mappings keep their order: there it differs from one run to the next.
var yamlModule = &starlarkstruct.Module{
	Name: "yaml",
	Members: starlark.StringDict{
		"loads": starlark.NewBuiltin("loads", loads),
		"dumps": starlark.NewBuiltin("dumps", dumps),
	},
}

// ordered is a YAML value whose mappings keep their order.
type ordered struct{ value any }

func (o *ordered) UnmarshalYAML(unmarshal func(any) error) error {
	// A list first: as a MapSlice it would be read wrongly, and without an error.
	var list []ordered
	if unmarshal(&list) == nil && list != nil {
		o.value = list
		return nil
	}
	var mapping yaml.MapSlice
	if unmarshal(&mapping) == nil && mapping != nil {
		o.value = mapping
		return nil
	}
	return unmarshal(&o.value)
}

func loads(
	_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	var source starlark.String
	if err := starlark.UnpackArgs("loads", args, kwargs, "source", &source); err != nil {
		return nil, err
	}
	var read ordered
	if err := yaml.Unmarshal([]byte(source), &read); err != nil {
		return nil, err
	}
	return fromYaml(read)
}

func fromYaml(value any) (starlark.Value, error) {
	switch value := value.(type) {
	case nil:
		return starlark.None, nil
	case ordered:
		return fromYaml(value.value)
	case bool:
		return starlark.Bool(value), nil
	case string:
		return starlark.String(value), nil
	case int:
		return starlark.MakeInt(value), nil
	case int64:
		return starlark.MakeInt64(value), nil
	case uint64:
		return starlark.MakeUint64(value), nil
	case float64:
		return starlark.Float(value), nil
	case []ordered:
		return listFromYaml(value)
	case []any:
		return listFromYaml(value)
	case yaml.MapSlice:
		dict := starlark.NewDict(len(value))
		for _, item := range value {
			key, err := fromYaml(item.Key)
			if err != nil {
				return nil, err
			}
			field, err := fromYaml(item.Value)
			if err != nil {
				return nil, err
			}
			if err := dict.SetKey(key, field); err != nil {
				return nil, err
			}
		}
		return dict, nil
	}
	return starlark.String(fmt.Sprint(value)), nil
}

func listFromYaml[T any](values []T) (starlark.Value, error) {
	items := make([]starlark.Value, len(values))
	for at, value := range values {
		item, err := fromYaml(value)
		if err != nil {
			return nil, err
		}
		items[at] = item
	}
	return starlark.NewList(items), nil
}

func dumps(
	_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	var source starlark.Value
	if err := starlark.UnpackArgs("dumps", args, kwargs, "source", &source); err != nil {
		return nil, err
	}
	value, err := toYaml(source, 0)
	if err != nil {
		return nil, err
	}
	text, err := yaml.Marshal(value)
	if err != nil {
		return nil, err
	}
	return starlark.String(text), nil
}

func toYaml(value starlark.Value, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("a value nests deeper than %d levels", maxDepth)
	}
	switch value := value.(type) {
	case starlark.NoneType:
		return nil, nil
	case starlark.Bool:
		return bool(value), nil
	case starlark.String:
		return string(value), nil
	case starlark.Float:
		return float64(value), nil
	case starlark.Int:
		if number, ok := value.Int64(); ok {
			return number, nil
		}
		if number, ok := value.Uint64(); ok {
			return number, nil
		}
		return nil, fmt.Errorf("the number %s is too large for YAML", value)
	case *starlark.Dict:
		fields := make(map[any]any, value.Len())
		for _, item := range value.Items() {
			key, err := toYaml(item[0], maxDepth)
			if err != nil {
				return nil, err
			}
			field, err := toYaml(item[1], depth+1)
			if err != nil {
				return nil, err
			}
			fields[key] = field
		}
		return fields, nil
	case starlark.Indexable:
		items := make([]any, value.Len())
		for at := range items {
			item, err := toYaml(value.Index(at), depth+1)
			if err != nil {
				return nil, err
			}
			items[at] = item
		}
		return items, nil
	}
	return nil, fmt.Errorf("a value of type %s has no YAML", value.Type())
}
