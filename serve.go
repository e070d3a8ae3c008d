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
	"liaison/bot/discord"
	"liaison/bot/slack"
	"liaison/handlers"
	"liaison/store"
)

type serveCmd struct{}

// Run serves Slack, Discord or both until the process is told to stop.
func (serveCmd) Run(p *process) error {
	kept := &records{}
	mux := http.NewServeMux()
	platforms, err := p.platforms(mux, kept)
	if err != nil {
		return err
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(p.ctx, "tcp", p.settings.Listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w; set LIAISON_LISTEN to a free address", p.settings.Listen, err)
	}
	health := &health{platforms: platforms}
	health.mount(mux)
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
		kept.Store = d.store
		health.ready(d.store.Ping)
		p.log.Info("serving", "listen", listener.Addr().String(), "platforms", len(platforms))
		return d.run(ctx, platforms...)
	})
	return group.Wait()
}

// records are the desk's, once they are open: it listens before that, and nothing asks for them until the platforms run.
type records struct{ *store.Store }

// platforms makes those that are set up and mounts what they take over HTTP.
func (p *process) platforms(mux *http.ServeMux, kept *records) (all []bot.Platform, err error) {
	s := p.settings
	if err := s.missing(); err != nil {
		return nil, err
	}
	if s.wantsSlack() {
		config := s.slackConfig()
		config.Log = p.log
		platform, err := slack.New(config)
		if err != nil {
			return nil, usageError{err}
		}
		if !platform.SocketMode() {
			mux.Handle("/slack/", platform.Handler())
		}
		all = append(all, platform)
	}
	if s.wantsDiscord() {
		config, err := s.discordConfig()
		if err != nil {
			return nil, err
		}
		config.Log, config.Commands, config.Drafts = p.log, handlers.All(), kept
		platform, err := discord.New(config)
		if err != nil {
			return nil, usageError{err}
		}
		if !platform.OverGateway() {
			mux.Handle("/discord/", platform.Handler())
		}
		all = append(all, platform)
	}
	return all, nil
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
