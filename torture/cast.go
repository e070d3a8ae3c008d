package main

import (
	"fmt"
	"strings"

	"liaison/bot/sandbox"
)

var team = sandbox.Team{ID: "T0TORTURE", Name: "Torture", Domain: "torture"}

// botUser is the desk's own account.
const botUser = "U0LIAISON"

// member is somebody of the agency with their job.
type member struct{ id, name, role string }

// staff is the cast. Ada gives the others their roles.
var staff = []member{
	{"U0ADA", "ada", "admin"},
	{"U0MAE", "mae", "program"}, {"U0MAX", "max", "program"},
	{"U0SOL", "sol", "sellers"}, {"U0SAM", "sam", "sellers"},
	{"U0CYD", "cyd", "creators"},
	{"U0CORA", "cora", "compliance"}, {"U0COLE", "cole", "compliance"},
	{"U0FAY", "fay", "finance"}, {"U0FINN", "finn", "finance"},
}

// The channels by what is said in them. A channel takes about one message a second, so there are several of each.
var (
	onboardingRooms = rooms("onboarding", 4)
	approvalRooms   = rooms("approvals", 3)
	violationRooms  = rooms("violations", 4)
	matchingRooms   = rooms("matching", 16)
	digestRooms     = rooms("digest", 12)
)

func rooms(name string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("C0%s%d", strings.ToUpper(name), i+1)
	}
	return list
}

func users() []sandbox.User {
	var list []sandbox.User
	for _, m := range staff {
		list = append(list, sandbox.User{ID: m.id, Name: m.name, RealName: m.name, TZ: "UTC"})
	}
	return list
}

func channels() []sandbox.Channel {
	members := []string{botUser}
	for _, m := range staff {
		members = append(members, m.id)
	}
	var list []sandbox.Channel
	for _, group := range [][]string{onboardingRooms, approvalRooms, violationRooms, matchingRooms, digestRooms} {
		for _, id := range group {
			list = append(list, sandbox.Channel{ID: id, Name: strings.ToLower(id[2:]), Members: members})
		}
	}
	return list
}
