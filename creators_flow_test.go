package main

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestTheCreatorsSideInTheBrowser goes back and forth between the two pages of the demo, as creators on Discord and the
// agency's people on Slack would, and leaves pictures of both.
func TestTheCreatorsSideInTheBrowser(t *testing.T) {
	d := startDemo(t, demoCmd{Seed: 7, Months: 6})
	b := openBrowser(t, d.base)
	for _, flow := range []struct {
		name string
		do   func(*browser)
	}{
		{"somebody applies and is approved", applyInTheBrowser},
		{"an approved match is accepted", offerInTheBrowser},
		{"a question is answered", askInTheBrowser},
		{"an approved payout comes with its statement", statementInTheBrowser},
	} {
		if !t.Run(flow.name, func(t *testing.T) { b.t = t; flow.do(b) }) {
			return
		}
	}
}

const nia = "1290000000000000035"

// creator is the same browser at the creators' page.
func (b *browser) creator() *browser {
	there := *b
	there.base = b.base + guildPath
	return &there
}

// talk is a creator looking at their direct messages with the desk.
func (b *browser) talk(user string) {
	b.t.Helper()
	b.goTo(user, welcomeRoom)
	b.clickOn(`document.querySelector('#sidebar a.pill[data-go]')`, "the direct messages")
	b.see("h1", "Liaison")
}

// call types a command on Discord's page and takes it from the list; options are filled by their names.
func (b *browser) call(line string, options ...[2]string) {
	b.t.Helper()
	b.do("typing "+line, chromedp.Click(chromedp.CSS("#composer")), keys("#composer", line))
	b.until("the command is offered", fmt.Sprintf(`document.querySelector('#suggest:not([hidden]) [data-testid=suggestion] b')?.textContent === %s`, strconv.Quote(line)))
	b.do("taking it", keys("#composer", "\r"))
	for _, o := range options {
		field := "[data-option=" + o[0] + "]"
		b.until("there is "+o[0], fmt.Sprintf(`document.querySelector('%s') || document.querySelector('[data-more=%s]')?.click() || document.querySelector('%s')`, field, o[0], field))
		b.do("filling "+o[0], keys(field, o[1]))
	}
	b.clickOn(`document.querySelector('[data-testid=send]')`, "Send")
}

// answer fills fields of Discord's modal by their names: several values of a list are chosen.
func (b *browser) answer(fields ...[]string) {
	b.t.Helper()
	b.until("a modal is open", `document.querySelector('dialog#modal[open] form')`)
	for _, f := range fields {
		field := fmt.Sprintf(`document.querySelector('dialog#modal .control[data-custom="%s"]')`, f[0])
		b.until("the modal has "+f[0], field)
		if b.eval(`String(!!`+field+`.querySelector('[data-value]'))`) == "true" {
			b.eval(fmt.Sprintf(`(() => { const e = %s.querySelector('[data-value]'); e.focus(); e.value = %s; e.dispatchEvent(new Event('input', {bubbles: true})); return ''; })()`, field, strconv.Quote(f[1])))
			continue
		}
		for _, value := range f[1:] {
			b.clickOn(fmt.Sprintf(`[...%s.querySelectorAll('input')].find(e => e.value === %s || e.parentElement.innerText.trim() === %s)`, field, strconv.Quote(value), strconv.Quote(value)), value)
		}
	}
}

func applyInTheBrowser(b *browser) {
	c := b.creator()
	c.goTo(nia, welcomeRoom)
	c.until("the creators' channel is closed to her", `!document.querySelector('[data-channel="`+creatorRoom+`"]')`)
	c.call("/creator apply")
	c.answer([]string{"handle", "nia.makes"}, []string{"niches", "Beauty", "Home"}, []string{"region", "GB"}, []string{"language", "English"}, []string{"followers", "many"})
	c.shot("discord-apply")
	c.submit()
	c.press("", "Go on (2/2)")
	c.answer([]string{"formats", "video"}, []string{"samples", "https://www.tiktok.com/@nia.makes/video/1"}, []string{"agree", "yes"})
	c.submit()
	c.says("Write a whole number of followers")
	c.press("Write a whole number of followers", "Correct")
	c.answer([]string{"followers", "12500"})
	c.submit()
	c.says("Your application A-5 for @nia.makes has arrived")

	b.goTo("U0PRIYA", "C0RECRUIT")
	b.says("@nia.makes applies")
	b.press("@nia.makes applies", "Ask for more")
	b.fill([2]string{"question", "Do you also go live?"})
	b.submit()
	b.closed()

	c.talk(nia)
	c.says("Do you also go live?")
	c.press("Do you also go live?", "Answer")
	c.answer([]string{"answer", "Every Friday @everyone"})
	c.submit()

	b.goTo("U0PRIYA", "C0RECRUIT")
	b.says("Every Friday @everyone")
	b.shot("recruiting")
	b.press("@nia.makes applies", "Approve")
	b.says("approved by")

	c.talk(nia)
	c.says("one of the agency's creators")
	c.shot("discord-welcome")
	c.until("the creators' channel is open to her", `document.querySelector('[data-channel="`+creatorRoom+`"]')`)
	c.goTo(nia, creatorRoom)
	c.until("she is a creator", `[...document.querySelectorAll('#members h2')].some(e => e.innerText.startsWith('Creator'))`)
	c.call("/me")
	c.says("@nia.makes")
	c.shot("discord-me")
}

func offerInTheBrowser(b *browser) {
	const offered = "would like to work with you"
	who := creatorAccounts[2]
	b.goTo("U0PRIYA", "C0MATCH")
	b.press("4 creators proposed", "Approve")
	b.says("1 of 4 decided")
	c := b.creator()
	c.talk(who)
	c.says(offered)
	c.shot("discord-offer")
	c.press(offered, "Decline")
	c.answer([]string{"reason", ""})
	c.submit()
	c.until("the form asks for a reason", `document.querySelector('dialog#modal[open] [data-testid=modal-trouble]:not([hidden])')`)
	c.clickOn(`document.querySelector('dialog#modal[open] [data-testid=modal-close]')`, "Cancel")
	c.closed()
	c.press(offered, "Accept")
	c.says("You accepted")
	b.goTo("U0PRIYA", "C0MATCH")
	b.says("accepted")
	b.shot("matching-accepted")
}

// askInTheBrowser has a question answered from the thread of its card, which the creator reads, and closes.
func askInTheBrowser(b *browser) {
	who := creatorAccounts[1]
	c := b.creator()
	c.talk(who)
	c.call("/ask")
	c.answer([]string{"text", "Do samples count as income?"})
	c.submit()
	c.says("The agency has your question")
	b.goTo("U0PRIYA", "C0ASK")
	b.says("Do samples count as income?")
	b.clickOn(message("Do samples count as income?")+`?.querySelector('[data-thread]')`, "the thread")
	b.until("the thread is open", `document.querySelector('#reply')`)
	b.do("writing in the thread", keys("#reply", "Only above 600 USD a year."))
	b.clickOn(`document.querySelector('[data-testid=thread-send]')`, "Send reply")
	c.talk(who)
	c.says("Only above 600 USD a year.")
	c.shot("discord-answer")
	c.clickOn(message("Only above 600 USD a year.")+`?.querySelector('[data-testid=reply]')`, "Reply")
	c.do("replying to the answer", keys("#composer", "Good to know"))
	c.clickOn(`document.querySelector('[data-testid=send]')`, "Send")
	c.says("The agency has it with")
	b.goTo("U0PRIYA", "C0ASK")
	b.says("(creator): Good to know")
	c.talk(who)
	c.clickOn(`[...document.querySelectorAll('[data-testid=edit]')].at(-1)`, "Edit")
	c.do("editing the reply", keys("#composer", ", thanks"))
	c.clickOn(`document.querySelector('[data-testid=send]')`, "Send")
	c.says("Good to know, thanks")
	b.goTo("U0PRIYA", "C0ASK")
	b.says("(creator): Good to know, thanks")
	c.talk(who)
	c.clickOn(`[...document.querySelectorAll('[data-testid=unsay]')].at(-1)`, "Delete")
	b.goTo("U0PRIYA", "C0ASK")
	b.says("(creator): (taken back)")
	c.talk(who)
	c.press("That helps", "That helps") // the reply quotes what it answers
	c.says("is closed. Thank you.")
	b.goTo("U0PRIYA", "C0ASK")
	b.says("the answer helped")
}

// statementInTheBrowser has finance approve a run and reads what the creator gets.
func statementInTheBrowser(b *browser) {
	b.goTo("U0FAY", "C0PAYOUTS")
	b.press("P-1 · ", "Approve")
	b.agree()
	b.says("approved by @Fay Okafor")
	b.shot("payout-to-discord")
	c := b.creator()
	c.talk(creatorAccounts[0])
	c.says("is approved for you")
	c.shot("discord-statement")
	c.call("/earnings")
	c.says("Your earnings")
	c.press("Your earnings", "Arithmetic")
	c.says("less the agency's share")
	c.shot("discord-earnings")
	c.talk(nia)
	c.until("nobody else reads it", `!document.body.innerText.includes("is approved for you")`)
}
