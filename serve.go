package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	if err := p.settings.missing(); err != nil {
		return err
	}
	leave, err := store.Alone(p.settings.DB)
	if err != nil {
		return err
	}
	defer leave()
	watch := newWatch(time.Now, p.settings.wanted()...)
	kept := &records{}
	mux := http.NewServeMux()
	if watch.platforms, err = p.platforms(mux, kept, watch.metrics); err != nil {
		return err
	}
	if _, err := listenHost(p.settings.Listen); err != nil {
		return err
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(p.ctx, "tcp", p.settings.Listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w; set LIAISON_LISTEN to a free address", p.settings.Listen, err)
	}
	watch.mount(mux)
	group, ctx := errgroup.WithContext(p.ctx)
	group.Go(func() error { return serveHTTP(ctx, listener, mux) })
	group.Go(func() error {
		d, err := p.openServing(ctx, watch)
		if err != nil {
			return unlessOver(ctx, err)
		}
		defer d.close() //nolint:errcheck // nothing more can be done at the end
		kept.Store = d.store
		watch.begin(d)
		p.log.Info("serving", "listen", listener.Addr().String(), "platforms", p.settings.wanted())
		return d.run(ctx, watch.platforms...)
	})
	return group.Wait()
}

// openServing opens the desk, however long its database is away, and says what an operator should know about that.
func (p *process) openServing(ctx context.Context, watch *watch) (*desk, error) {
	told := sayWaiting(p.log, time.Now)
	d, err := openDeskBy(ctx, p.settings, p.log, time.Now, func(ctx context.Context, url string) (*store.Store, error) {
		return store.OpenPatiently(ctx, url, func(err error) { watch.lacks(err); told(err) })
	})
	if err != nil {
		return nil, err
	}
	doubts, err := d.store.Doubts(ctx)
	if err != nil {
		return nil, errors.Join(err, d.close())
	}
	for _, doubt := range doubts {
		p.log.Warn(doubt)
	}
	return d, nil
}

// unlessOver is an error, unless it came of the order to stop.
func unlessOver(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil //nolint:nilerr // what was asked for
	}
	return err
}

// sayWaiting says in the log that the database is waited for: at once, and then in pauses that grow from five seconds to ten
// minutes.
func sayWaiting(log *slog.Logger, now func() time.Time) func(error) {
	began, pause := now(), 5*time.Second
	next := began
	return func(why error) {
		at := now()
		if at.Before(next) {
			return
		}
		log.Warn("waiting for the database; the desk serves as soon as it answers", "for", at.Sub(began).Round(time.Second), "err", why)
		next, pause = at.Add(pause), min(2*pause, 10*time.Minute)
	}
}

// records are the desk's, once they are open: it listens before that, and nothing asks for them until the platforms run.
type records struct{ *store.Store }

// platforms makes those that are set up and mounts what they take over HTTP.
func (p *process) platforms(mux *http.ServeMux, kept *records, watch bot.Observer) (all []bot.Platform, err error) {
	s := p.settings
	if s.wantsSlack() {
		config := s.slackConfig()
		config.Log, config.Observer = p.log, watch
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
		config.Log, config.Observer, config.Commands, config.Drafts = p.log, watch, handlers.All(), kept
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
