package check

// MaxDepth is for the test that the codec goes as deep.
const MaxDepth = maxDepth

// AnnotationNames and BuiltinNames are for the test of what editors know.
var (
	AnnotationNames = annotationNames
	BuiltinNames    = builtinNames
)
