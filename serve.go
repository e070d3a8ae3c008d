package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"liaison/bot"
	"liaison/bot/slack"
)

type serveCmd struct{}

// Run serves Slack until the process is told to stop.
func (serveCmd) Run(p *process) error {
	config, err := p.settings.slackConfig()
	if err != nil {
		return err
	}
	config.Log = p.log
	platform, err := slack.New(config)
	if err != nil {
		return usageError{err}
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(p.ctx, "tcp", p.settings.Listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w; set LIAISON_LISTEN to a free address", p.settings.Listen, err)
	}
	health := &health{platforms: []bot.Platform{platform}}
	mux := http.NewServeMux()
	health.mount(mux)
	if !platform.SocketMode() {
		mux.Handle("/slack/", platform.Handler())
	}
	group, ctx := errgroup.WithContext(p.ctx)
	group.Go(func() error { return serveHTTP(ctx, listener, mux) })
	group.Go(func() error {
		d, err := openDesk(ctx, p.settings, p.log, time.Now)
		if err != nil {
			return err
		}
		defer d.close() //nolint:errcheck // nothing more can be done at the end
		doubts, err := d.store.Doubts(ctx)
		if err != nil {
			return err
		}
		for _, doubt := range doubts {
			p.log.Warn(doubt)
		}
		health.ready(d.store.Ping)
		p.log.Info("serving", "listen", listener.Addr().String(), "socket_mode", platform.SocketMode())
		return d.run(ctx, platform)
	})
	return group.Wait()
}

// serveHTTP serves until ctx is done, then lets running requests finish.
func serveHTTP(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(stop); err != nil {
		return errors.Join(server.Close())
	}
	return nil
}

// health answers those who watch: alive as soon as it listens, ready when the records and the platforms are.
type health struct {
	platforms []bot.Platform
	store     chan func(context.Context) error
}

func (h *health) ready(ping func(context.Context) error) { h.store <- ping }

func (h *health) mount(mux *http.ServeMux) {
	h.store = make(chan func(context.Context) error, 1)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "alive\n") }) //nolint:errcheck // the asker is gone
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := h.check(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		io.WriteString(w, "ready\n") //nolint:errcheck // the asker is gone
	})
}

func (h *health) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	select {
	case ping := <-h.store:
		h.store <- ping
		if err := ping(ctx); err != nil {
			return errors.New("the records do not answer")
		}
	default:
		return errors.New("the records are not open yet")
	}
	for _, p := range h.platforms {
		if err := p.Ready(); err != nil {
			return fmt.Errorf("%s is not ready: %w", p.Name(), err)
		}
	}
	return nil
}
