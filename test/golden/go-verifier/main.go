// Command go-verifier says what Go's crypto/x509 thinks of certificate chains: a JSON list of questions
// on standard input, the list of answers in the same order on standard output. A refusal is always the
// word of x509.Verify; a question that cannot be asked (bad PEM, unknown mode) ends the program instead.
package main

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"time"
)

type question struct {
	// Mode is "issuer", "serverAuth" or "clientAuth".
	Mode string `json:"mode"`
	// Chain is PEM, the certificate in question first.
	Chain string `json:"chain"`
	// Anchors is PEM; it may be empty.
	Anchors string    `json:"anchors"`
	At      time.Time `json:"at"`
}

type answer struct {
	Accepted bool `json:"accepted"`
	// Error is Go's reason, empty when accepted.
	Error string `json:"error"`
}

// keyUsages by mode. linkerd-identity asks for none when it verifies its issuer file (linkerd2
// pkg/tls/cred.go, Crt.Verify), and an empty list means server authentication to x509.Verify.
var keyUsages = map[string][]x509.ExtKeyUsage{
	"issuer":     nil,
	"serverAuth": {x509.ExtKeyUsageServerAuth},
	"clientAuth": {x509.ExtKeyUsageClientAuth},
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		fail(fmt.Errorf("read the questions: %w", err))
	}
	answers := make([]answer, 0, len(questions))
	for number, asked := range questions {
		verdict, err := ask(asked)
		if err != nil {
			fail(fmt.Errorf("question %d: %w", number, err))
		}
		answers = append(answers, verdict)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		fail(fmt.Errorf("write the answers: %w", err))
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "go-verifier:", err)
	os.Exit(1)
}

func ask(asked question) (answer, error) {
	usages, known := keyUsages[asked.Mode]
	if !known {
		return answer{}, fmt.Errorf("unknown mode %q", asked.Mode)
	}
	if asked.At.IsZero() {
		return answer{}, errors.New("no time is given; Go would take its own clock")
	}
	chain, err := certificates(asked.Chain)
	if err != nil {
		return answer{}, fmt.Errorf("chain: %w", err)
	}
	if len(chain) == 0 {
		return answer{}, errors.New("chain: no certificate")
	}
	anchors, err := certificates(asked.Anchors)
	if err != nil {
		return answer{}, fmt.Errorf("anchors: %w", err)
	}
	_, refusal := chain[0].Verify(x509.VerifyOptions{
		Roots:         poolOf(anchors),
		Intermediates: poolOf(chain[1:]),
		CurrentTime:   asked.At,
		KeyUsages:     usages,
	})
	if refusal != nil {
		return answer{Error: refusal.Error()}, nil
	}
	return answer{Accepted: true}, nil
}

func certificates(text string) ([]*x509.Certificate, error) {
	var found []*x509.Certificate
	for rest := []byte(text); len(rest) > 0; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil, errors.New("not PEM")
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		found = append(found, certificate)
	}
	return found, nil
}

func poolOf(certificates []*x509.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, certificate := range certificates {
		pool.AddCert(certificate)
	}
	return pool
}
