// Command real-cluster holds a Kubernetes control plane, cert-manager and trust-manager in one
// binary: their own code, started by name, as `real-cluster kube-apiserver --etcd-servers …`. Nothing
// of it needs a container engine. One binary, because most of what the components are made of is
// the same code, which then is built and kept once.
package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	_ "time/tzdata"

	trustmanager "github.com/cert-manager/trust-manager/cmd/trust-manager/app"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

// components by their usual names. Each runs until it is told to stop (kubectl: until it is done) and
// answers with its exit status.
var components = map[string]func() int{
	"etcd":                    runEtcd,
	"kube-apiserver":          command(apiserver.NewAPIServerCommand),
	"kube-controller-manager": command(controllermanager.NewControllerManagerCommand),
	"kube-scheduler":          command(func() *cobra.Command { return scheduler.NewSchedulerCommand() }),
	"kubectl":                 command(kubectl.NewDefaultKubectlCommand),
	"cert-manager":            withoutComponentFlags(newCertManagerCommand),
	"trust-manager":           withoutComponentFlags(trustmanager.NewCommand),
}

func main() {
	names := slices.Sorted(maps.Keys(components))
	if len(os.Args) < 2 || components[os.Args[1]] == nil {
		fmt.Fprintf(os.Stderr, "usage: %s COMPONENT [FLAG...]\ncomponents: %s\n",
			filepath.Base(os.Args[0]), strings.Join(names, ", "))
		os.Exit(2)
	}
	run := components[os.Args[1]]
	// Each component reads os.Args itself and expects its own name first.
	os.Args = os.Args[1:]
	os.Exit(run())
}

func runEtcd() int {
	etcdmain.Main(os.Args)
	return 0
}

func command(build func() *cobra.Command) func() int {
	return func() int { return cli.Run(build()) }
}

// withoutComponentFlags is for controllers that register their own global flags: Kubernetes'
// component-base has already put a `--version` there, which clashes with theirs.
func withoutComponentFlags(build func() *cobra.Command) func() int {
	return func() int {
		pflag.CommandLine = pflag.NewFlagSet(os.Args[0], pflag.ExitOnError)
		if err := build().Execute(); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[0], err)
			return 1
		}
		return 0
	}
}
