// Package e2e tests the whole program in a real browser: a separate portal process per test, against an emulated vendor
// and sign-in provider of its own.
package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// What the tests of this package share: the built program, one browser, and the accessibility checker's source.
var (
	program string
	chrome  playwright.Browser
	axe     string
)

func TestMain(m *testing.M) {
	os.Exit(run(m)) //nolint:forbidigo // this is the main of the test program
}

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "portal-e2e-")
	if err != nil {
		return fail("make a folder", err)
	}
	defer os.RemoveAll(folder)
	program = filepath.Join(folder, "portal")
	if out, err := exec.Command("go", "build", "-o", program, "../cmd/portal").CombinedOutput(); err != nil {
		return fail("build the program: "+string(out), err)
	}
	source, err := os.ReadFile("../node_modules/axe-core/axe.min.js")
	if err != nil {
		return fail("read axe-core (run “make test”, which installs it)", err)
	}
	axe = string(source)

	stop, err := startBrowser()
	if err != nil {
		return fail("start the browser (run “make test”, which installs what is missing; PORTAL_CHROMIUM names another browser, PLAYWRIGHT_DRIVER_PATH and PLAYWRIGHT_NODEJS_PATH the driver)", err)
	}
	defer stop()
	if err := together(); err != nil {
		return fail("choose how many tests run at once", err)
	}
	return m.Run()
}

// together lets twice as many tests run at once as there are processors, unless -parallel says another number: half of
// a browser test is waiting.
func together() error {
	flag.Parse()
	chosen := false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "test.parallel" })
	if chosen {
		return nil
	}
	return flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0)))
}

func fail(what string, err error) int {
	fmt.Fprintf(os.Stderr, "e2e: %s: %v\n", what, err)
	return 1
}

// browser is the program that PORTAL_CHROMIUM names, or Debian's Chromium without windows, which takes half the time, or
// the one with windows.
func browser() string {
	const windowless = "/usr/bin/chromium-headless-shell"
	if named := os.Getenv("PORTAL_CHROMIUM"); named != "" {
		return named
	}
	if _, err := os.Stat(windowless); err == nil {
		return windowless
	}
	return "/usr/bin/chromium"
}

// startBrowser starts Chromium through the driver that npm has installed; nothing is downloaded.
func startBrowser() (stop func(), err error) {
	here, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]string{
		"PLAYWRIGHT_DRIVER_PATH": filepath.Join(here, ".driver"), "PLAYWRIGHT_NODEJS_PATH": node,
	} {
		if os.Getenv(name) == "" {
			if err := os.Setenv(name, value); err != nil {
				return nil, err
			}
		}
	}
	driver, err := playwright.Run(&playwright.RunOptions{SkipInstallBrowsers: true})
	if err != nil {
		return nil, err
	}
	chrome, err = driver.Chromium.Launch(playwright.BrowserTypeLaunchOptions{
		ExecutablePath: playwright.String(browser()),
		Args: []string{
			"--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
			"--disable-component-update", "--disable-sync",
		},
	})
	if err != nil {
		return nil, err
	}
	return func() { _ = chrome.Close(); _ = driver.Stop() }, nil
}
