package main

import (
	"context"
	"fmt"
	"os/signal"
	"syscall"
	"time"

	"github.com/cert-manager/cert-manager/pkg/controller"
	"github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/approver"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/ca"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/selfsigned"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/issuing"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/keymanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/requestmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/revisionmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/trigger"
	_ "github.com/cert-manager/cert-manager/pkg/controller/clusterissuers"
	_ "github.com/cert-manager/cert-manager/pkg/controller/issuers"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/ca"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/selfsigned"
	"github.com/cert-manager/cert-manager/pkg/logs"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

// As cert-manager's own controller binary has it by default.
const workersPerController = 5

// Its own defaults. They count where the API server is late to tell that it has priority and fairness.
const (
	apiQPS   = 20
	apiBurst = 50
)

// newCertManagerCommand runs the controllers of cert-manager that CA and self-signed issuers need.
// Its own main package cannot be imported (a nested module with a replace), so this one registers the
// same controllers, and its flags bear the same names.
func newCertManagerCommand() *cobra.Command {
	options := controller.ContextOptions{}
	options.CertificateRequestMaximumBackoffDuration = 32 * time.Hour
	options.CopiedAnnotationPrefixes = []string{
		"*", "-kubectl.kubernetes.io/", "-fluxcd.io/", "-argocd.argoproj.io/",
	}
	options.EnableOwnerRef = false
	options.KubernetesAPIQPS = apiQPS
	options.KubernetesAPIBurst = apiBurst
	disableAutoApproval := false

	cmd := &cobra.Command{
		Use:          "cert-manager",
		SilenceUsage: true,
		RunE: func(*cobra.Command, []string) error {
			ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return runCertManager(ctx, options, disableAutoApproval)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&options.Kubeconfig, "kubeconfig", "", "kubeconfig of the cluster")
	flags.StringVar(&options.ClusterResourceNamespace, "cluster-resource-namespace", "cert-manager",
		"namespace of the Secrets that ClusterIssuers name")
	flags.DurationVar(&options.CertificateRequestMinimumBackoffDuration,
		"certificate-request-minimum-backoff-duration", time.Hour,
		"how long to wait after a failed request before the next")
	flags.BoolVar(&disableAutoApproval, "disable-auto-approval", false,
		"leave the approval of CertificateRequests to a policy of the cluster's own")
	return cmd
}

func runCertManager(
	ctx context.Context, options controller.ContextOptions, disableAutoApproval bool,
) error {
	ctx = logs.NewContext(ctx, logs.Log, "controller")
	factory, err := controller.NewContextFactory(ctx, options)
	if err != nil {
		return fmt.Errorf("cannot connect to the cluster: %w", err)
	}
	group, ctx := errgroup.WithContext(ctx)
	for name, construct := range controller.Known() {
		if disableAutoApproval && name == approver.ControllerName {
			continue
		}
		built, err := construct(factory)
		if err != nil {
			return fmt.Errorf("cannot build controller %s: %w", name, err)
		}
		group.Go(func() error { return built.Run(workersPerController, ctx) })
	}
	// The informers that the controllers asked for while they were built.
	shared, err := factory.Build()
	if err != nil {
		return fmt.Errorf("cannot build the shared informers: %w", err)
	}
	shared.SharedInformerFactory.Start(ctx.Done())
	shared.KubeSharedInformerFactory.Start(ctx.Done())
	return group.Wait()
}
