package main

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/routeiq/routeiq/plugins/artifact/bundle"
)

// artifact is the verb for trained models.
func (p *process) artifact() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "artifact",
		Short: "Check, sign and calibrate trained models",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("no verb was given: expected check, sign or calibrate")
		},
	}
	cmd.AddCommand(p.checkArtifact(), p.signArtifact(), p.calibrateArtifact())
	return cmd
}

// open opens an artifact of this machine.
func open(path string, policy bundle.Policy) (*bundle.Artifact, error) {
	a, err := bundle.Open(path, os.ReadFile, policy)
	if err != nil {
		return nil, refusal{fmt.Errorf("%s: %w", path, err)}
	}
	return a, nil
}

func (p *process) checkArtifact() *cobra.Command {
	var keys []string
	var require bool
	cmd := &cobra.Command{
		Use:   "check FOLDER|FILE.tar",
		Short: "Check a trained model as the agent and the module would",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			policy := bundle.Policy{RequireSignature: require, Keys: bundle.Keys{}}
			for _, text := range keys {
				name, value, ok := strings.Cut(text, "=")
				if !ok {
					return fmt.Errorf("--key: %q, expected NAME=BASE64", text)
				}
				key, err := bundle.ParseKey(value)
				if err != nil {
					return fmt.Errorf("--key %s: %w", name, err)
				}
				policy.Keys[name] = key
			}
			a, err := open(args[0], policy)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(p.out, describeArtifact(args[0], a))
			return err
		},
	}
	cmd.Flags().StringArrayVar(&keys, "key", nil, "NAME=BASE64: a public key that may sign; may be given several times")
	cmd.Flags().BoolVar(&require, "require-signature", false, "refuse one that none of the keys signed")
	return cmd
}

// describeArtifact says in a few lines what a model is.
func describeArtifact(path string, a *bundle.Artifact) string {
	m := a.Manifest
	var s strings.Builder
	fmt.Fprintf(&s, "%s is good: kind %s, digest %s\n", path, m.Kind, a.Document.Digest[:12])
	fmt.Fprintf(&s, "labels: %s\n", some(m.Labels))
	if e := m.Encoder; e != nil {
		fmt.Fprintf(&s, "vectors: %d numbers of %s, of the view %s\n", e.Dimension, e.ID, m.QueryView)
	} else {
		fmt.Fprintln(&s, "vectors: none")
	}
	if a.Signed == "" {
		fmt.Fprintln(&s, "signed by nobody that is known here")
	} else {
		fmt.Fprintf(&s, "signed by %s\n", a.Signed)
	}
	return s.String()
}

func (p *process) signArtifact() *cobra.Command {
	var file, name string
	cmd := &cobra.Command{
		Use:   "sign FOLDER --key FILE.pem --name NAME",
		Short: "Sign a trained model with an Ed25519 key",
		Long: `Sign the manifest of a trained model, in its folder, and print the public key as a configuration needs it.

The key is one in PKCS #8, as made by: openssl genpkey -algorithm ed25519 -out FILE.pem`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if file == "" || name == "" {
				return errors.New("expected --key FILE.pem and --name NAME")
			}
			key, err := readKey(file)
			if err != nil {
				return refusal{err}
			}
			path := filepath.Join(args[0], bundle.Manifest)
			text, err := os.ReadFile(path)
			if err != nil {
				return refusal{fmt.Errorf("%w: only a folder is signed; make the .tar of it afterwards", err)}
			}
			signed, err := bundle.Sign(text, name, key)
			if err != nil {
				return refusal{fmt.Errorf("%s: %w", path, err)}
			}
			public := key.Public().(ed25519.PublicKey)
			if err := os.WriteFile(path, append(signed, '\n'), 0o644); err != nil {
				return refusal{err}
			}
			if _, err := open(args[0], bundle.Policy{RequireSignature: true, Keys: bundle.Keys{name: public}}); err != nil {
				return err
			}
			_, err = fmt.Fprintf(p.out, "%s is signed. Whoever takes it needs:\nrouting:\n  artifacts:\n    require_signature: true\n    keys: {%s: %q}\n",
				args[0], name, base64.StdEncoding.EncodeToString(public))
			return err
		},
	}
	cmd.Flags().StringVar(&file, "key", "", "the private key")
	cmd.Flags().StringVar(&name, "name", "", "the key's name, under which configurations know it")
	return cmd
}

// readKey reads a private key. Its errors show nothing of it.
func readKey(path string) (ed25519.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s: is no PEM file, expected a PRIVATE KEY", path)
	}
	any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := any.(ed25519.PrivateKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("%s: holds %s, expected an Ed25519 key in PKCS #8", path, strconv.Quote(block.Type))
	}
	return key, nil
}

func (p *process) calibrateArtifact() *cobra.Command {
	var share float64
	cmd := &cobra.Command{
		Use:   "calibrate FOLDER|FILE.tar --share PART",
		Short: "The threshold that gives a model's first label a share of the requests",
		Long: `Print the threshold from which on the first label of a model with two (RouteLLM's strong one, the small one of hybrid_llm) is
chosen for PART of its training queries. What is asked of you may be of another kind than those: the strategy's follow_traffic holds
the share for that.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if !(share >= 0 && share <= 1) {
				return fmt.Errorf("--share: is %v, expected 0 to 1", share)
			}
			a, err := open(args[0], bundle.Policy{})
			if err != nil {
				return err
			}
			q := a.Manifest.Quantiles
			switch {
			case a.Manifest.Kind != "threshold":
				return refusal{fmt.Errorf("%s: is of kind %s, which has no threshold", args[0], a.Manifest.Kind)}
			case q == nil:
				return refusal{fmt.Errorf("%s: has no calibration: export it again with the vectors of its training queries (--queries)", args[0])}
			}
			at := (1 - share) * float64(len(q)-1)
			i := min(int(at), len(q)-2)
			_, err = fmt.Fprintf(p.out, "%.6g\n", q[i]+(at-float64(i))*(q[i+1]-q[i]))
			return err
		},
	}
	cmd.Flags().Float64Var(&share, "share", 0.5, "the part of the requests, 0 to 1")
	return cmd
}
