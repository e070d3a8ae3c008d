// Sweep kills a desk, or fails its disk, at every system call of a scripted scenario, and checks from outside what was kept.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
)

func main() {
	if len(os.Args) == 4 && os.Args[1] == "scenario" {
		run, _ := strconv.Atoi(os.Args[3])
		if err := scenario(context.Background(), os.Args[2], run); err != nil {
			fmt.Fprintln(os.Stderr, "sweep:", err)
			os.Exit(1)
		}
		return
	}
}
