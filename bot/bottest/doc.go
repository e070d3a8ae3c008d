// Package bottest is what every chat platform must pass: one fixture of neutral messages and forms that each renders in
// goldens, and an exercise of taking, answering and posting against whatever stands in for the platform.
//
// It is for tests and imports no platform.
package bottest
