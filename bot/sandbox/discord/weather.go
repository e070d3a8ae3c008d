package discord

// What can happen to the gateway, for tests.

// Sessions says how many gateway sessions are connected and ready.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, ses := range s.gateway.sessions {
		if ses.conn != nil {
			n++
		}
	}
	return n
}

// Identifies counts the sessions that were ever asked for.
func (s *Server) Identifies() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gateway.started
}

// Cut breaks every gateway connection without a word, as a failing network does.
func (s *Server) Cut() {
	for _, c := range s.connections() {
		c.shut()
	}
}

// CloseWith closes every gateway connection with one of Discord's close codes.
func (s *Server) CloseWith(code int) {
	for _, c := range s.connections() {
		c.leave(code, "")
	}
}

// Silence lets nothing out on the gateway any more, heartbeat acknowledgements
// included, while connections stay open: a zombie. Events are kept for a resume.
func (s *Server) Silence(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gateway.silent = on
}

// Reconnect asks every connection to reconnect and resume (opcode 7).
func (s *Server) Reconnect() { s.broadcast(frame{Op: opReconnect}) }

// Invalidate tells every connection that its session is over (opcode 9). Only a
// resumable one is kept.
func (s *Server) Invalidate(resumable bool) {
	s.broadcast(frame{Op: opInvalid, Data: resumable})
	if resumable {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.gateway.open {
		c.session = nil
	}
	clear(s.gateway.sessions)
}

// GreetReconnect answers the next n identifies or resumes with opcode 7 instead of READY.
func (s *Server) GreetReconnect(n int) { s.greetWith(frame{Op: opReconnect}, n) }

// GreetInvalid answers the next n identifies or resumes with opcode 9.
func (s *Server) GreetInvalid(n int) { s.greetWith(frame{Op: opInvalid, Data: false}, n) }

func (s *Server) greetWith(f frame, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.gateway.greet = append(s.gateway.greet, f)
	}
}

func (s *Server) broadcast(f frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.gateway.open {
		s.write(c, f)
	}
}

func (s *Server) connections() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gateway.conns()
}
