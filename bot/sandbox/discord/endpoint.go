package discord

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// SetEndpoint sets the application's interactions endpoint URL, from where on
// interactions go there and no longer over the gateway; empty goes back. Like Discord it
// first sends a PING that has to be answered with type 1, and one with a wrong signature
// that has to be answered 401; an endpoint that fails either is not taken.
func (s *Server) SetEndpoint(address string) error {
	if address == "" {
		s.mu.Lock()
		s.endpoint = ""
		s.mu.Unlock()
		return nil
	}
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return fmt.Errorf("the interactions endpoint %q is not an address", address)
	}
	if err := s.probe(address); err != nil {
		return err
	}
	s.mu.Lock()
	s.endpoint = address
	s.mu.Unlock()
	return nil
}

// Probe repeats Discord's routine checks of the endpoint, which it makes at any time. An
// endpoint that fails is removed.
func (s *Server) Probe() error {
	s.mu.Lock()
	address := s.endpoint
	s.mu.Unlock()
	if address == "" {
		return errors.New("no interactions endpoint is set")
	}
	err := s.probe(address)
	if err != nil {
		s.mu.Lock()
		s.endpoint = ""
		s.mu.Unlock()
	}
	return err
}

func (s *Server) probe(address string) error {
	s.mu.Lock()
	ping := object{
		"id": s.snowflake(), "application_id": s.o.Application.ID, "type": interactPing, "token": secret(), "version": 1,
		"user": s.userObject(s.o.Application.BotID), "entitlements": list{}, "authorizing_integration_owners": object{},
	}
	s.mu.Unlock()
	body, _ := json.Marshal(ping)
	status, _, err := s.post(address, body, true)
	if err != nil {
		return fmt.Errorf("the endpoint could not be reached: %w", err)
	}
	if status != http.StatusUnauthorized {
		return fmt.Errorf("the endpoint answered %d to a request with a wrong signature; it has to answer 401", status)
	}
	status, out, err := s.post(address, body, false)
	if err != nil {
		return fmt.Errorf("the endpoint could not be reached: %w", err)
	}
	var pong struct{ Type int }
	if status != http.StatusOK || json.Unmarshal(out, &pong) != nil || pong.Type != callbackPong {
		return fmt.Errorf("the endpoint answered %d %s to a PING; it has to answer 200 with type 1", status, out)
	}
	return nil
}

// deliver posts an interaction to the endpoint and takes the answer in the body.
func (s *Server) deliver(i *interaction, payload object) {
	body, err := json.Marshal(payload)
	if err != nil {
		s.log.Error("an interaction could not be written", "error", err)
		return
	}
	s.mu.Lock()
	address := s.endpoint
	s.mu.Unlock()
	status, out, err := s.post(address, body, false)
	if err != nil || status == http.StatusAccepted || status == http.StatusNoContent {
		return // answered by the callback route, or not at all
	}
	if status != http.StatusOK {
		s.log.Warn("the endpoint did not take an interaction", "status", status)
		return
	}
	c := &call{body: object{}}
	if err := c.readJSON(out); err != nil {
		s.log.Warn("the endpoint's answer was refused", "error", err, "answer", string(out))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{Method: "ANSWER", Path: "/interactions/" + i.id, Body: out, Status: status, At: s.o.Real()})
	if err := s.respond(i, c); err != nil {
		_, o := bodyOf(err)
		why, _ := json.Marshal(o)
		s.log.Warn("the endpoint's answer was refused", "error", string(why), "answer", string(out))
	}
}

// post sends a signed body; forged signs something else.
func (s *Server) post(to string, body []byte, forged bool) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(s.ctx, s.o.Windows.Answer)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	at := strconv.FormatInt(s.o.Real().Unix(), 10)
	signature := s.Sign(at, body)
	if forged {
		signature = s.Sign(at, append([]byte("x"), body...))
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Discord-Interactions/1.0 (+https://discord.com)")
	req.Header.Set("X-Signature-Ed25519", signature)
	req.Header.Set("X-Signature-Timestamp", at)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // nothing can be done about it
	out, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	return resp.StatusCode, bytes.TrimSpace(out), err
}

// Sign makes Discord's signature of a timestamp and a body, in hex.
func (s *Server) Sign(timestamp string, body []byte) string {
	return hex.EncodeToString(ed25519.Sign(s.o.Key, []byte(strings.TrimSpace(timestamp)+string(body))))
}
