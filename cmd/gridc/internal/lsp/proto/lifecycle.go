package proto

// InitializeParams are the parts of those of initialize that gridc looks at.
type InitializeParams struct {
	RootURI          *string           `json:"rootUri"`
	RootPath         *string           `json:"rootPath"`
	WorkspaceFolders []WorkspaceFolder `json:"workspaceFolders"`
	Capabilities     struct {
		Workspace struct {
			CodeLens              Refresh `json:"codeLens"`
			DidChangeWatchedFiles struct {
				DynamicRegistration bool `json:"dynamicRegistration"`
			} `json:"didChangeWatchedFiles"`
		} `json:"workspace"`
		TextDocument struct {
			Completion struct {
				CompletionItem struct {
					SnippetSupport bool `json:"snippetSupport"`
				} `json:"completionItem"`
			} `json:"completion"`
			Definition struct {
				LinkSupport bool `json:"linkSupport"`
			} `json:"definition"`
			DocumentSymbol struct {
				Hierarchical bool `json:"hierarchicalDocumentSymbolSupport"`
			} `json:"documentSymbol"`
		} `json:"textDocument"`
	} `json:"capabilities"`
	InitializationOptions struct {
		Against        string `json:"against"`        // the ref that code lenses compare with
		ExplainURI     string `json:"explainURI"`     // what leads to the explanation of an id, with the id after it
		ShowReferences bool   `json:"showReferences"` // the editor knows the command gridc.showReferences
	} `json:"initializationOptions"`
}

// Refresh says whether the server may ask for something to be asked for again.
type Refresh struct {
	RefreshSupport bool `json:"refreshSupport"`
}

// WorkspaceFolder is a folder of the editor.
type WorkspaceFolder struct {
	URI  string `json:"uri"`
	Name string `json:"name"`
}

// FoldersEvent is the parameter of workspace/didChangeWorkspaceFolders.
type FoldersEvent struct {
	Event struct {
		Added   []WorkspaceFolder `json:"added"`
		Removed []WorkspaceFolder `json:"removed"`
	} `json:"event"`
}

// Capabilities are what the server can do.
type Capabilities map[string]any

// InitializeResult is the answer to initialize.
type InitializeResult struct {
	Capabilities Capabilities `json:"capabilities"`
	ServerInfo   ServerInfo   `json:"serverInfo"`
}

// ServerInfo names the server.
type ServerInfo struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}
