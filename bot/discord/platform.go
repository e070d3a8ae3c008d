package discord

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"sync"
	"time"

	"liaison/agency"
	"liaison/bot"
)

// Drafts keeps what a custom id has no room for: forms that are half filled in, questions to ask before a press counts,
// long values. It must outlive the process, since a form's next step may be taken after a restart.
type Drafts interface {
	// KeepDraft keeps data under a key until the instant; what was there before is replaced.
	KeepDraft(ctx context.Context, key, data string, until agency.Instant) error
	// Draft gives what is kept under a key; false when there is nothing, or no longer.
	Draft(ctx context.Context, key string, now agency.Instant) (data string, ok bool, err error)
}

// Config is what the desk needs to be on Discord.
type Config struct {
	BotToken      string
	ApplicationID string
	PublicKey     string // hexadecimal: interactions come over HTTP when it is set, over the gateway otherwise
	GuildID       string // the server whose people the desk knows; it stands for direct messages too
	APIURL        string // base of the REST API; default https://discord.com/api/v10
	Commands      []bot.Command
	GuildCommands bool                   // register the commands for the server alone: seen at once, but not in direct messages
	Deaf          bool                   // do not hear what people write in direct messages: over HTTP that takes a gateway session beside it
	Roles         map[string]agency.Role // the desk's role that a Discord role stands for, by its id
	Gives         map[agency.Role]Access // what belongs to the desk's role on the server
	Drafts        Drafts
	Observer      bot.Observer // nil: nobody counts
	Log           *slog.Logger
	Now           func() time.Time // real time, never a clock that is moved by hand: signatures and tokens are judged by it

	Patience Patience
}

// Patience is how long the gateway is waited for. Zero fields have defaults; tests shorten them.
type Patience struct {
	Open   time.Duration // for a session to open before it is given up as hanging; default 30 s
	Silent time.Duration // without an acknowledged heartbeat before a session counts as dead; default 2 min
	Age    time.Duration // after which a session is renewed; default 12 h
	Pause  time.Duration // before the second attempt, growing from there; default 1 s
}

const (
	afterTime = 20 * time.Second // to deliver an answer once the interaction is acknowledged

	// ackGuard is when an interaction is acknowledged although its answer is not there yet. Discord waits three seconds.
	ackGuard = 2300 * time.Millisecond
)

// Platform is Discord.
type Platform struct {
	cfg    Config
	log    *slog.Logger
	now    func() time.Time
	api    *api
	verify *verifier
	intake *bot.Intake
	guard  time.Duration
	watch  bot.Observer
	taken  *recent
	said   *recent // whose the messages were that were heard
	marks  *recent // of the messages that were posted, found or edited
	people *recent // user ids known to be people rather than channels; the value is their direct message channel

	mu      sync.Mutex
	take    func(context.Context, bot.Request) bot.Reply
	self    string
	trouble error // why the platform cannot work at the moment
	line    bool  // a gateway session is open
}

var (
	_ bot.Platform  = (*Platform)(nil)
	_ bot.Finder    = (*Platform)(nil)
	_ bot.Repeater  = (*Platform)(nil)
	_ bot.Completer = (*Platform)(nil)
	_ bot.Granter   = (*Platform)(nil)
)

// New prepares Discord. It refuses settings with which nothing could be verified or answered.
func New(cfg Config) (*Platform, error) {
	switch {
	case cfg.BotToken == "":
		return nil, errors.New("DISCORD_BOT_TOKEN is missing: copy it from the Bot page of the Discord application")
	case !snowflake(cfg.ApplicationID):
		return nil, errors.New("DISCORD_APPLICATION_ID is not an id: copy it from the General Information page of the Discord application")
	case !snowflake(cfg.GuildID):
		return nil, errors.New("DISCORD_GUILD_ID is not an id: switch on developer mode in Discord, then right-click the server and copy its id")
	case cfg.Drafts == nil:
		return nil, errors.New("the desk has nowhere to keep half-filled forms")
	}
	base, err := url.Parse(orElse(cfg.APIURL, defaultAPI))
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" {
		return nil, fmt.Errorf("DISCORD_API_URL is not a web address: it looks like %s", defaultAPI)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.Patience = cfg.Patience.filled()
	p := &Platform{cfg: cfg, log: cfg.Log.With("platform", "discord"), now: cfg.Now, guard: ackGuard, watch: bot.Observed(cfg.Observer),
		taken: newRecent(4096), people: newRecent(4096), said: newRecent(4096), marks: newRecent(4096), trouble: errors.New("discord has not been asked yet")}
	p.intake = bot.NewIntake(agency.Discord, p.log, p.watch, p.now)
	if p.api, err = newAPI(cfg.BotToken, base, cfg.Now, p.watch); err != nil {
		return nil, err
	}
	if cfg.PublicKey != "" {
		if p.verify, err = newVerifier(cfg.PublicKey, cfg.Now); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p Patience) filled() Patience {
	for _, one := range []struct {
		have      *time.Duration
		otherwise time.Duration
	}{{&p.Open, 30 * time.Second}, {&p.Silent, 2 * time.Minute}, {&p.Age, 12 * time.Hour}, {&p.Pause, time.Second}} {
		if *one.have <= 0 {
			*one.have = one.otherwise
		}
	}
	return p
}

// Name is the platform's name.
func (p *Platform) Name() agency.Platform { return agency.Discord }

// OverGateway reports that interactions come over the gateway, so that no HTTP path is needed.
func (p *Platform) OverGateway() bool { return p.verify == nil }

// Run receives until ctx is done, then finishes what it has taken. It ends with an error only where trying again cannot
// help: a token that Discord refuses.
func (p *Platform) Run(ctx context.Context, take func(context.Context, bot.Request) bot.Reply) error {
	p.mu.Lock()
	p.take = take
	p.mu.Unlock()
	err := p.intake.Run(ctx, p.receive)
	p.setTrouble(errors.New("discord is stopped"))
	return err
}

// receive is where things come from: the gateway, or for interactions the HTTP handler, which needs nothing but the token to
// be good.
func (p *Platform) receive(ctx context.Context) error {
	if err := p.introduce(ctx); err != nil {
		return err
	}
	if p.OverGateway() {
		return p.listen(ctx)
	}
	if !p.cfg.Deaf { // what people write comes over the gateway alone; without it interactions work all the same
		if err := p.listen(ctx); err != nil {
			p.log.Error("what people write in direct messages is not heard", "error", err)
		}
	}
	<-ctx.Done()
	return nil
}

// introduce asks Discord who we are, again and again until it answers, and registers the commands. A list of commands that
// Discord refuses does not stop the desk: what is registered already goes on working.
func (p *Platform) introduce(ctx context.Context) error {
	for wait := time.Second; ; wait = min(wait*2, 30*time.Second) {
		var me wireUser
		ask, cancel := context.WithTimeout(ctx, 10*time.Second)
		err := p.api.call(ask, request{method: "GET", path: "users/@me", bucket: "users/@me"}, &me)
		if err == nil && me.ID != "" {
			if err := p.register(ask); err != nil {
				p.log.Error("the commands could not be registered", "error", err)
			}
			cancel()
			p.mu.Lock()
			p.self, p.trouble = me.ID, nil
			p.mu.Unlock()
			p.log.Info("on Discord", "server", p.cfg.GuildID, "bot", me.ID, "gateway", p.OverGateway())
			return nil
		}
		cancel()
		if fatal := hopeless(err); fatal != nil {
			return fatal
		}
		p.setTrouble(fmt.Errorf("discord does not answer: %w", scrub(err)))
		p.log.Warn("Discord does not answer; trying again", "wait", wait, "error", scrub(err))
		if pause(ctx, wait) != nil {
			return nil //nolint:nilerr // the desk stops
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
		return errors.New("discord is not running")
	case p.trouble != nil:
		return p.trouble
	case p.OverGateway() && !p.line:
		return errors.New("no gateway session is open")
	}
	return nil
}

func (p *Platform) me() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.self
}

// recent remembers the newest few thousand keys.
type recent struct {
	mu     sync.Mutex
	values map[string]string
	order  []string
	most   int
}

func newRecent(most int) *recent { return &recent{values: map[string]string{}, most: most} }

// put remembers a key and reports whether it is new.
func (r *recent) put(key, value string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.values[key]; known {
		r.values[key] = value
		return false
	}
	if len(r.order) >= r.most {
		delete(r.values, r.order[0])
		r.order = r.order[1:]
	}
	r.values[key], r.order = value, append(r.order, key)
	return true
}

// drop forgets a key.
func (r *recent) drop(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := slices.Index(r.order, key); i >= 0 {
		r.order = slices.Delete(r.order, i, i+1)
		delete(r.values, key)
	}
}

func (r *recent) get(key string) (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	value, ok := r.values[key]
	return value, ok
}
