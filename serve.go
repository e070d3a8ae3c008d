package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"liaison/agency"
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
	watch := newWatch(time.Now, agency.Slack)
	config.Observer = watch.metrics
	platform, err := slack.New(config)
	if err != nil {
		return usageError{err}
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(p.ctx, "tcp", p.settings.Listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w; set LIAISON_LISTEN to a free address", p.settings.Listen, err)
	}
	watch.platforms = append(watch.platforms, platform)
	mux := http.NewServeMux()
	watch.mount(mux)
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
		watch.begin(d)
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
