package check

// AnnotationNames and BuiltinNames are for the test of what editors know.
var (
	AnnotationNames = annotationNames
	BuiltinNames    = builtinNames
)
