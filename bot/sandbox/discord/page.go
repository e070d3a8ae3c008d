package discord

import (
	"html/template"
	"net/http"
)

func parsePage() (*template.Template, error) { return template.New("page"), nil }

func (s *Server) pageRoutes(*http.ServeMux) {}
