package file

import (
	"bytes"
	"path"

	"go.yaml.in/yaml/v3"
)

// includes returns the files a text includes, as clean paths: relative to the main file's folder, where folder is the
// text's own. A text that is no YAML, or includes what is no name, has none: the step that parses says what is wrong.
func includes(text []byte, folder string) []string {
	if !bytes.Contains(text, []byte("include")) {
		return nil // a large file is not parsed at every look only to find that out
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil || len(document.Content) != 1 {
		return nil
	}
	var names []string
	root := document.Content[0]
	for i := 0; root.Kind == yaml.MappingNode && i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value != "include" {
			continue
		}
		list := root.Content[i+1]
		if list.Kind == yaml.AliasNode {
			list = list.Alias
		}
		for _, item := range list.Content {
			if item.Kind == yaml.AliasNode {
				item = item.Alias
			}
			if list.Kind != yaml.SequenceNode || item.Kind != yaml.ScalarNode || item.Value == "" {
				continue
			}
			name := item.Value
			if !path.IsAbs(name) {
				name = path.Join(folder, name)
			}
			names = append(names, path.Clean(name))
		}
	}
	return names
}
