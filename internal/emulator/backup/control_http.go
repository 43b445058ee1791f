package backup

import (
	"encoding/json"
	"net/http"
)

// Control returns the controls over HTTP, for a test that runs the emulator as a process of its own. Paths are relative to
// where it is mounted; bodies and answers are JSON:
//
//	POST /fail        {"method","pathPrefix","status","body","header","contentType","afterApply","times"}
//	POST /drop        {"method","pathPrefix","after","times"}
//	POST /delay       {"method","pathPrefix","after"} → {"id"}
//	GET  /arrived?id= answers once the gate holds a request
//	POST /release?id= (or {"id"})
//	POST /end-tokens
//	GET  /requests    → [{"method","path","query","body","header","status","at"}]
func (s *Server) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /fail", s.controlFail)
	mux.HandleFunc("POST /drop", s.controlDrop)
	mux.HandleFunc("POST /delay", s.controlDelay)
	mux.HandleFunc("GET /arrived", s.controlArrived)
	mux.HandleFunc("POST /release", s.controlRelease)
	mux.HandleFunc("POST /end-tokens", func(w http.ResponseWriter, _ *http.Request) {
		s.EndTokens()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /requests", s.controlRequests)
	return mux
}

// controlOrder is the body of an order; each call reads the fields it knows.
type controlOrder struct {
	Method      string            `json:"method"`
	PathPrefix  string            `json:"pathPrefix"`
	Status      int               `json:"status"`
	Body        string            `json:"body"`
	Header      map[string]string `json:"header"`
	ContentType string            `json:"contentType"`
	AfterApply  bool              `json:"afterApply"`
	After       bool              `json:"after"`
	Times       int               `json:"times"`
}

func (o controlOrder) match() Match { return Match{Method: o.Method, PathPrefix: o.PathPrefix} }

func readOrder(w http.ResponseWriter, r *http.Request) (o controlOrder, ok bool) {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&o); err != nil {
		http.Error(w, "the order is no JSON object: "+err.Error(), http.StatusBadRequest)
		return o, false
	}
	o.Times = max(o.Times, 1)
	return o, true
}

func (s *Server) controlFail(w http.ResponseWriter, r *http.Request) {
	o, ok := readOrder(w, r)
	if !ok {
		return
	}
	if o.Status < 200 || o.Status > 999 {
		http.Error(w, "status must be a final HTTP status", http.StatusBadRequest)
		return
	}
	s.FailNext(o.match(), Failure{
		Status: o.Status, Body: o.Body, Header: o.Header, ContentType: o.ContentType, AfterApply: o.AfterApply,
	}, o.Times)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) controlDrop(w http.ResponseWriter, r *http.Request) {
	o, ok := readOrder(w, r)
	if !ok {
		return
	}
	if o.After || o.AfterApply {
		s.DropAfter(o.match(), o.Times)
	} else {
		s.Drop(o.match(), o.Times)
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) controlDelay(w http.ResponseWriter, r *http.Request) {
	o, ok := readOrder(w, r)
	if !ok {
		return
	}
	gate := s.control.addGate(o.match(), o.After || o.AfterApply)
	writeControl(w, map[string]string{"id": gate.ID()})
}

func (s *Server) controlArrived(w http.ResponseWriter, r *http.Request) {
	gate := s.control.gate(r.URL.Query().Get("id"))
	if gate == nil {
		http.Error(w, "no such gate", http.StatusNotFound)
		return
	}
	select {
	case <-gate.Arrived():
		writeControl(w, map[string]bool{"arrived": true})
	case <-r.Context().Done():
	}
}

func (s *Server) controlRelease(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Query().Get("id")
	if id == "" {
		var named struct {
			ID string `json:"id"`
		}
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&named); err == nil {
			id = named.ID
		}
	}
	gate := s.control.gate(id)
	if gate == nil {
		http.Error(w, "no such gate", http.StatusNotFound)
		return
	}
	gate.Release()
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) controlRequests(w http.ResponseWriter, _ *http.Request) {
	type line struct {
		Method string              `json:"method"`
		Path   string              `json:"path"`
		Query  string              `json:"query"`
		Body   string              `json:"body"`
		Header map[string][]string `json:"header"`
		Status int                 `json:"status"`
		At     string              `json:"at"`
	}
	lines := []line{}
	for _, r := range s.Requests() {
		lines = append(lines, line{
			Method: r.Method, Path: r.Path, Query: r.Query, Body: r.Body, Header: r.Header, Status: r.Status,
			At: string(appendDate(nil, r.At.UnixMilli())),
		})
	}
	writeControl(w, lines)
}

func writeControl(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", typeJSON)
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(body) // the caller has gone: nothing is left to do
}
