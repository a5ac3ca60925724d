//go:build !purego && !plan9

#include "textflag.h"

// func word(offset uintptr) uintptr
TEXT ·word(SB), NOSPLIT, $0-8
	MOVL (TLS), AX
	MOVL offset+0(FP), CX
	MOVL (AX)(CX*1), AX
	MOVL AX, ret+4(FP)
	RET
