package sandbox

import "go.yaml.in/yaml/v3"

func yamlInto(s string, v any) error { return yaml.Unmarshal([]byte(s), v) }
