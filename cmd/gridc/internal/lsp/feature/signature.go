package feature

import (
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/compiler/check"
)

// SignatureHelp is what the annotation around an offset takes; nil outside of any.
func SignatureHelp(v *View, offset int) *proto.SignatureHelp {
	c := lookBefore(v.Text.Bytes(), offset)
	name, ok := c.annotation()
	if !ok {
		return nil
	}
	for _, a := range check.Annotations() {
		if a.Name != name {
			continue
		}
		help := &proto.SignatureHelp{Signatures: []proto.Signature{}}
		doc := markdown(annotationText(a))
		for _, example := range argumentsOf(a) {
			help.Signatures = append(help.Signatures, proto.Signature{
				Label: "@" + name + "(" + example + ")", Documentation: &doc, Parameters: []proto.Parameter{{Label: example}},
			})
		}
		if len(help.Signatures) == 0 {
			help.Signatures = append(help.Signatures, proto.Signature{Label: "@" + name, Documentation: &doc, Parameters: []proto.Parameter{}})
		}
		return help
	}
	return nil
}
