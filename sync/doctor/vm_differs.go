package doctor

import (
	"google.golang.org/protobuf/proto"

	"github.com/routeiq/routeiq/abi"
)

const vmID = abi.VMID

// vmDiffers: the roles share the record of a request in the memory of one VM, which Envoy makes for equal vm_id and code.
var vmDiffers = Check{
	ID: "vm-differs", Severity: Error,
	Says:  "Plugins of one Envoy are not of one VM: their vm_id, code or VM configuration differ.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		for _, p := range x.subject.Proxies {
			all := p.plugins()
			for _, pl := range all {
				vm, first := pl.GetVmConfig(), all[0].GetVmConfig()
				const why = "the adapter cannot find what the router decided, and answers 503"
				switch {
				case vm.GetVmId() != vmID:
					x.find(pl.Where, "set vm_id: "+vmID+" in every plugin of RouteIQ", "the %s plugin has the vm_id %q, expected %q: %s", pl.Role, vm.GetVmId(), vmID, why)
				case first.GetVmId() != vmID:
					// That one is told of.
				case !proto.Equal(vm.GetCode(), first.GetCode()):
					x.find(pl.Where, "give every plugin of RouteIQ the same code", "the %s plugin has other code than the %s plugin: %s", pl.Role, all[0].Role, why)
				case vm.GetRuntime() != first.GetRuntime() || !proto.Equal(vm.GetConfiguration(), first.GetConfiguration()) ||
					!proto.Equal(vm.GetEnvironmentVariables(), first.GetEnvironmentVariables()):
					x.find(pl.Where, "give every plugin of RouteIQ the same vm_config", "the vm_config of the %s plugin is not that of the %s plugin: %s", pl.Role, all[0].Role, why)
				}
			}
		}
	},
}
