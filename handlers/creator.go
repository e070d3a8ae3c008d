package handlers

import (
	"strconv"
	"strings"

	"liaison/agency"
	"liaison/bot"
)

func creatorCommands() []bot.Command {
	return []bot.Command{
		{Name: "creator apply", Summary: "apply to be one of the agency's creators", Examples: []string{"/creator apply"},
			Run: runCreatorApply, Submit: submitCreatorApply},
		{Name: "creator reply", Summary: "answer what you were asked about your application", Usage: "A-3 [answer]", Args: []bot.Argument{word("application", "which application, such as A-3"), rest("answer", "your answer; a form asks if empty")},
			Examples: []string{"/creator reply A-3 my LIVEs are on Fridays"}, About: aboutMyApplication, Run: runCreatorReply, Submit: submitCreatorReply},
		{Name: "creator list", Summary: "list creators, or the applications that wait", Usage: "[applications [all]] [state=active] [region=US] [category=Beauty] [bound=no] [handle=mia]", Args: []bot.Argument{optional(oneOf("applications", "the applications that wait", "applications", "applications all")), named("state", "such as active"), named("region", "such as US"), named("category", "such as Beauty"), named("bound", "yes or no: whether a person is behind it"), named("handle", "a part of the handle")},
			Examples: []string{"/creator list region=US category=Beauty", "/creator list bound=no", "/creator list applications"},
			Right:    agency.SeeRecords, Reads: true, Run: runCreatorList},
		{Name: "creator show", Summary: "show a creator, or an application", Usage: "C-45|@handle|A-3", Args: []bot.Argument{word("creator", "such as C-45, @handle or A-3")},
			Examples: []string{"/creator show C-45", "/creator show @mia.glow", "/creator show A-3"}, Right: agency.SeeRecords, Reads: true, Run: runCreatorShow},
		{Name: "creator confirm", Summary: "say that an application's code stands in the TikTok bio of its handle", Usage: "A-3", Args: []bot.Argument{word("application", "which application, such as A-3")},
			Examples: []string{"/creator confirm A-3"}, Right: agency.ReviewApplication, About: aboutApplication, Run: runCreatorConfirm},
		{Name: "creator approve", Summary: "make an applicant one of the agency's creators", Usage: "A-3", Args: []bot.Argument{word("application", "which application, such as A-3")},
			Examples: []string{"/creator approve A-3"}, Right: agency.ReviewApplication, About: aboutApplication, Run: runCreatorApprove},
		{Name: "creator ask", Summary: "ask an applicant for more", Usage: "A-3 [question]", Args: []bot.Argument{word("application", "which application, such as A-3"), rest("question", "what you need to know; a form asks if empty")},
			Examples: []string{"/creator ask A-3 how often are you live?"}, Right: agency.ReviewApplication, About: aboutApplication, Run: runCreatorAsk, Submit: submitCreatorAsk},
		{Name: "creator decline", Summary: "decline an application and say why", Usage: "A-3 [reason]", Args: []bot.Argument{word("application", "which application, such as A-3"), rest("reason", "why not; a form asks if empty")},
			Examples: []string{"/creator decline A-3 no content in our categories yet"}, Right: agency.ReviewApplication, About: aboutApplication, Run: runCreatorDecline, Submit: submitCreatorDecline},
		{Name: "creator release", Summary: "free a handle from the person it is bound to", Usage: "C-45 reason", Args: []bot.Argument{word("creator", "which creator, such as C-45"), needed(rest("reason", "why"))},
			Examples: []string{"/creator release C-45 sold the account"}, Right: agency.ReviewApplication, Run: runCreatorRelease},
		{Name: "creator access", Summary: "give creators again what belongs to them on their server", Usage: "C-45|all", Args: []bot.Argument{word("creator", "which creator, such as C-45, or all")},
			Examples: []string{"/creator access C-45", "/creator access all"}, Right: agency.ReviewApplication, Run: runCreatorAccess},
	}
}

// agreed is the option of the form by which an applicant agrees.
const agreed = "yes"

func runCreatorApply(t *bot.Turn) (bot.Reply, error) {
	if err := t.Desk.MayApply(); err != nil {
		return bot.Reply{}, err
	}
	var regions []bot.Option
	for _, r := range t.Desk.Rules.Regions {
		regions = append(regions, bot.Option{Label: r.Name, Value: r.Code})
	}
	return bot.Open(bot.Form{Command: "creator apply", Title: "Work with us", Submit: "Apply", Fields: []bot.Field{
		{Name: "handle", Label: "TikTok username", Kind: bot.Line, Max: 64, Hint: "Without @"},
		{Name: "niches", Label: "Niches", Kind: bot.Choices, Options: options(t.Desk.Rules.Categories)},
		{Name: "region", Label: "Region of your TikTok Shop", Kind: bot.Choice, Options: regions},
		{Name: "language", Label: "Language of your content", Kind: bot.Line, Max: 35},
		{Name: "followers", Label: "Followers", Kind: bot.Line, Max: 12, Hint: "A whole number, such as 5000"},
		{Name: "formats", Label: "What you make", Kind: bot.Choices, Options: options([]string{"video", "live"})},
		{Name: "samples", Label: "Links to what you made", Kind: bot.Paragraph, Max: 1600, Hint: "Up to five, beginning with https://"},
		{Name: "agree", Label: "The agency's rules", Kind: bot.Choices, Options: []bot.Option{{Label: "I agree to the agency's rules", Value: agreed}}},
	}}), nil
}

func submitCreatorApply(t *bot.Turn) (bot.Reply, error) {
	in := agency.NewApplication{Handle: t.Value("handle"), Region: t.Value("region"), Language: t.Value("language"), Categories: t.Fields["niches"],
		Formats: t.Fields["formats"], Samples: strings.Fields(t.Value("samples")), Agreed: t.Value("agree") == agreed}
	digits := strings.NewReplacer(",", "", ".", "", " ", "").Replace(strings.TrimSpace(t.Value("followers")))
	var err error
	if in.Followers, err = strconv.ParseInt(digits, 10, 64); err != nil {
		return bot.Reply{}, agency.Field("followers", "Write a whole number of followers, such as 5000.")
	}
	a, err := t.Desk.Apply(in)
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Tell(bot.Message{Summary: "Your application " + a.ID.String() + " has arrived.", Parts: []bot.Part{
		bot.Para(bot.T("Your application "), bot.B("%s", a.ID), bot.T(" for @%s has arrived. You will be told here how it goes.", a.Handle)),
		bioPart(a)}}), nil
}

// bioPart asks an applicant to show that the handle is theirs.
func bioPart(a agency.Application) bot.Part {
	return bot.Para(bot.T("To show that the handle is yours, put "), bot.C("%s", a.Code), bot.T(" into your TikTok bio until you are told that it was seen."))
}

// applicationID reads the reference that every decision begins with.
func applicationID(t *bot.Turn) (agency.ApplicationID, error) {
	word := t.Args().Word(0)
	if word == "" {
		return 0, agency.Invalid("Say which application, as in `/%s A-3`. `/creator list applications` shows what waits.", t.Command)
	}
	return agency.ParseApplicationID(word)
}

// applicationReply answers a decision: a pressed card is redrawn and says it itself, a private copy is redrawn here, and
// whoever typed gets the sentence.
func applicationReply(t *bot.Turn, id agency.ApplicationID, format string, args ...any) (bot.Reply, error) {
	switch {
	case t.Kind != bot.Pressed:
		return bot.Say(format, args...), nil
	case !t.Private:
		return bot.Reply{}, nil
	}
	m, err := applicationMessage(t.Desk, id)
	return bot.Reply{Message: &m, Replace: true}, err
}

func runCreatorConfirm(t *bot.Turn) (bot.Reply, error) {
	id, err := applicationID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	a, err := t.Desk.ConfirmHandle(id)
	if err != nil {
		return bot.Reply{}, err
	}
	return applicationReply(t, id, "The handle @%s of %s is confirmed by the code in its bio.", a.Handle, a.ID)
}

func runCreatorApprove(t *bot.Turn) (bot.Reply, error) {
	id, err := applicationID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	_, c, err := t.Desk.ApproveApplication(id)
	if err != nil {
		return bot.Reply{}, err
	}
	return applicationReply(t, id, "@%s is %s, one of the agency's creators.", c.Handle, c.ID)
}

// applicationForm asks for the words of a decision.
func applicationForm(t *bot.Turn, id agency.ApplicationID, title, submit string, field bot.Field) (bot.Reply, error) {
	a, err := t.Desk.ReviewableApplication(id)
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Open(bot.Form{Command: t.Command, Title: title, Submit: submit, State: id.String(),
		Intro: []bot.Part{bot.Para(bot.B("%s", a.ID), bot.T(" @%s reads what you write.", a.Handle))}, Fields: []bot.Field{field}}), nil
}

func runCreatorAsk(t *bot.Turn) (bot.Reply, error) {
	id, err := applicationID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	if text := t.Behind(1); text != "" {
		return askApplicant(t, id, text)
	}
	return applicationForm(t, id, "Ask for more", "Ask", bot.Field{Name: "question", Label: "What you need to know", Kind: bot.Paragraph, Max: 500})
}

func submitCreatorAsk(t *bot.Turn) (bot.Reply, error) {
	id, err := applicationID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	return askApplicant(t, id, t.Value("question"))
}

func askApplicant(t *bot.Turn, id agency.ApplicationID, text string) (bot.Reply, error) {
	a, err := t.Desk.AskApplicant(id, text)
	if err != nil || t.Kind == bot.Sent {
		return bot.Reply{}, err
	}
	return applicationReply(t, id, "@%s is asked about %s.", a.Handle, a.ID)
}

func runCreatorDecline(t *bot.Turn) (bot.Reply, error) {
	id, err := applicationID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	if text := t.Behind(1); text != "" {
		return declineApplication(t, id, text)
	}
	return applicationForm(t, id, "Decline", "Decline", bot.Field{Name: "reason", Label: "Why not", Kind: bot.Paragraph, Max: 500})
}

func submitCreatorDecline(t *bot.Turn) (bot.Reply, error) {
	id, err := applicationID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	return declineApplication(t, id, t.Value("reason"))
}

func declineApplication(t *bot.Turn, id agency.ApplicationID, text string) (bot.Reply, error) {
	a, err := t.Desk.DeclineApplication(id, text)
	if err != nil || t.Kind == bot.Sent {
		return bot.Reply{}, err
	}
	return applicationReply(t, id, "%s of @%s is declined.", a.ID, a.Handle)
}

// runCreatorReply opens the form unless the answer is typed behind the reference.
func runCreatorReply(t *bot.Turn) (bot.Reply, error) {
	id, err := applicationID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	if text := t.Behind(1); text != "" {
		return replyToDesk(t, id, text)
	}
	a, err := t.Desk.AskedApplication(id)
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Open(bot.Form{Command: "creator reply", Title: "Your application", Submit: "Answer", State: id.String(),
		Intro:  []bot.Part{bot.Para(bot.T("The agency asks: "), bot.I("%s", a.Question))},
		Fields: []bot.Field{{Name: "answer", Label: "Your answer", Kind: bot.Paragraph, Max: 1000}}}), nil
}

func submitCreatorReply(t *bot.Turn) (bot.Reply, error) {
	id, err := applicationID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	return replyToDesk(t, id, t.Value("answer"))
}

func replyToDesk(t *bot.Turn, id agency.ApplicationID, text string) (bot.Reply, error) {
	a, err := t.Desk.AnswerApplication(id, text)
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Say("Thank you. %s is with the agency again.", a.ID), nil
}

func runCreatorRelease(t *bot.Turn) (bot.Reply, error) {
	a := t.Args()
	id, err := agency.ParseCreatorID(a.Word(0))
	if err != nil {
		return bot.Reply{}, err
	}
	c, err := t.Desk.ReleaseCreator(id, t.Behind(1))
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Say("%s @%s is bound to nobody now; whoever had it is no longer one of the agency's creators.", c.ID, c.Handle), nil
}

func runCreatorAccess(t *bot.Turn) (bot.Reply, error) {
	word := t.Args().Word(0)
	if word == "all" {
		n, err := t.Desk.RenewAccessOfAll()
		return bot.Say("%s get again what belongs to them on their server. `/status` shows what cannot be given.", agency.Count(int64(n), "creator")), err
	}
	id, err := agency.ParseCreatorID(word)
	if err != nil {
		return bot.Reply{}, err
	}
	c, err := t.Desk.RenewAccess(id)
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Say("%s @%s gets again what belongs to creators on their server. `/status` shows what cannot be given.", c.ID, c.Handle), nil
}
