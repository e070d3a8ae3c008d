package slack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	sdk "github.com/slack-go/slack"

	"liaison/agency"
	"liaison/bot"
)

// Config is what the desk needs to be on Slack.
type Config struct {
	BotToken      string // xoxb-…
	AppToken      string // xapp-…: Socket Mode when it is set, HTTP otherwise
	SigningSecret string // HTTP mode needs it
	APIURL        string // base of the Web API; default https://slack.com/api/
	Log           *slog.Logger
	Now           func() time.Time // real time, never a clock that is moved by hand: signatures and sockets are judged by it
	Observer      bot.Observer     // nil: nobody counts

	// Zoned lists the commands (by their first word) that need to know a person's time zone, which costs a call to Slack.
	// The home page always asks. Default: digest.
	Zoned []string
	// Unpaced leaves pacing to whoever answers, for tests against a workspace without limits. A Retry-After is obeyed all the same.
	Unpaced bool
	// Connections is how many sockets Socket Mode holds, so that one being recycled leaves no gap. Default 2.
	Connections int
}

const (
	afterTime = 20 * time.Second // to deliver an answer once the interaction is acknowledged

	// ackGuard is when an interaction is acknowledged although its answer is not there yet. Slack waits three seconds.
	ackGuard = 2300 * time.Millisecond
)

// Platform is Slack.
type Platform struct {
	cfg    Config
	log    *slog.Logger
	now    func() time.Time
	api    *sdk.Client
	wire   *transport
	pace   *pace
	verify *verifier
	people *people
	intake *bot.Intake
	watch  bot.Observer

	silence  time.Duration // see pingSilence
	age      time.Duration // see socketAge
	renewing chan struct{} // holds one, while a socket takes the place of another

	mu      sync.Mutex
	take    func(context.Context, bot.Request) bot.Reply
	guard   time.Duration // see ackGuard
	self    self
	trouble error // why the platform cannot work at the moment
	lines   int   // sockets that Slack has greeted
}

var (
	_ bot.Platform  = (*Platform)(nil)
	_ bot.Finder    = (*Platform)(nil)
	_ bot.Completer = (*Platform)(nil)
	_ bot.Pacer     = (*Platform)(nil)
)

// self is the desk's own account on Slack.
type self struct{ team, user, bot string }

// New prepares Slack. It refuses settings with which nothing could be verified or answered.
func New(cfg Config) (*Platform, error) {
	switch {
	case cfg.BotToken == "":
		return nil, errors.New("SLACK_BOT_TOKEN is missing: copy the Bot User OAuth Token of the Slack app")
	case cfg.AppToken == "" && cfg.SigningSecret == "":
		return nil, errors.New("set SLACK_APP_TOKEN for Socket Mode or SLACK_SIGNING_SECRET for HTTP: without either nothing from Slack can be trusted")
	}
	cfg.APIURL = orElse(cfg.APIURL, sdk.APIURL)
	if !strings.HasSuffix(cfg.APIURL, "/") {
		cfg.APIURL += "/"
	}
	base, err := url.Parse(cfg.APIURL)
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" {
		return nil, fmt.Errorf("SLACK_API_URL is not a web address: it looks like %s", sdk.APIURL)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Zoned == nil {
		cfg.Zoned = []string{"digest"}
	}
	if cfg.Connections <= 0 {
		cfg.Connections = 2
	}
	p := &Platform{
		cfg: cfg, log: cfg.Log.With("platform", "slack"), now: cfg.Now, pace: newPace(cfg.Unpaced, cfg.Now),
		guard: ackGuard,
		watch: bot.Observed(cfg.Observer), silence: pingSilence, age: socketAge, renewing: make(chan struct{}, 1), trouble: errors.New("slack has not been asked yet"),
	}
	p.wire = newTransport(base, p.pace, p.watch)
	p.api = sdk.New(cfg.BotToken, sdk.OptionAPIURL(cfg.APIURL), sdk.OptionAppLevelToken(cfg.AppToken),
		sdk.OptionHTTPClient(p.wire), sdk.OptionLog(quiet{p.log}))
	p.people = newPeople(p.api, cfg.Now)
	p.intake = bot.NewIntake(agency.Slack, p.log, p.watch, p.now)
	if cfg.SigningSecret != "" {
		p.verify = newVerifier(cfg.SigningSecret, cfg.Now)
	}
	return p, nil
}

// quiet passes what the SDK says on to our log, at the level of debugging.
type quiet struct{ log *slog.Logger }

// Output is what the SDK calls.
func (q quiet) Output(_ int, line string) error {
	q.log.Debug("sdk", "says", line)
	return nil
}

// Name is the platform's name.
func (p *Platform) Name() agency.Platform { return agency.Slack }

// SocketMode reports that interactions come over sockets, so that no HTTP paths are needed.
func (p *Platform) SocketMode() bool { return p.cfg.AppToken != "" }

// Run receives until ctx is done, then finishes what it has taken. It ends with an error only where trying again cannot
// help: a token that Slack refuses, a scope that is missing.
func (p *Platform) Run(ctx context.Context, take func(context.Context, bot.Request) bot.Reply) error {
	p.mu.Lock()
	p.take = take
	p.mu.Unlock()
	err := p.intake.Run(ctx, p.receive)
	p.setTrouble(errors.New("slack is stopped"))
	return err
}

// receive is where interactions come from: sockets, or the HTTP handler, which needs nothing but the token to be good.
func (p *Platform) receive(ctx context.Context) error {
	if err := p.introduce(ctx); err != nil {
		return err
	}
	if p.SocketMode() {
		return p.listen(ctx)
	}
	<-ctx.Done()
	return nil
}

// introduce asks Slack who we are, again and again until it answers.
func (p *Platform) introduce(ctx context.Context) error {
	for pause := time.Second; ; pause = min(pause*2, 30*time.Second) {
		ask, cancel := context.WithTimeout(ctx, 10*time.Second)
		who, err := p.api.AuthTestContext(ask)
		cancel()
		if err == nil && who.UserID != "" {
			p.mu.Lock()
			p.self, p.trouble = self{team: who.TeamID, user: who.UserID, bot: who.BotID}, nil
			p.mu.Unlock()
			p.log.Info("on Slack", "workspace", who.Team, "team", who.TeamID, "bot", who.UserID)
			return nil
		}
		if fatal := cmp.Or(hopeless(err, "SLACK_BOT_TOKEN"), elsewhere(err, p.cfg.APIURL)); fatal != nil {
			return fatal
		}
		p.setTrouble(fmt.Errorf("slack does not answer: %w", scrub(err)))
		p.log.Warn("Slack does not answer; trying again", "wait", pause, "error", scrub(err))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

func (p *Platform) setTrouble(err error) {
	p.mu.Lock()
	p.trouble = err
	p.mu.Unlock()
}

// Ready says whether interactions can arrive and messages can be posted right now.
func (p *Platform) Ready() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !p.intake.Open():
		return errors.New("slack is not running")
	case p.trouble != nil:
		return p.trouble
	case p.SocketMode() && p.lines == 0:
		return errors.New("no socket to Slack is open")
	}
	return nil
}

func (p *Platform) me() self {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.self
}
