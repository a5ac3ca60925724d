package check

// AnnotationNames is for the test of what editors know.
var AnnotationNames = annotationNames
