module starlark

go 1.26.0

require (
	github.com/qri-io/starlib v0.5.0
	go.starlark.net v0.0.0-20260908191801-89a6a09411d5
	go.yaml.in/yaml/v2 v2.4.5
)

require (
	github.com/pkg/errors v0.8.1 // indirect
	golang.org/x/sys v0.42.0 // indirect
)
