package kubernetes

import (
	"os"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// manifest is storage.yaml, decoded.
type manifest struct {
	service corev1.Service
	account corev1.ServiceAccount
	role    rbacv1.Role
	binding rbacv1.RoleBinding
	budget  policyv1.PodDisruptionBudget
	set     appsv1.StatefulSet
}

func read(t *testing.T) *manifest {
	t.Helper()
	text, err := os.ReadFile("storage.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m := new(manifest)
	into := map[string]any{
		"v1 Service": &m.service, "v1 ServiceAccount": &m.account, "rbac.authorization.k8s.io/v1 Role": &m.role,
		"rbac.authorization.k8s.io/v1 RoleBinding": &m.binding, "policy/v1 PodDisruptionBudget": &m.budget, "apps/v1 StatefulSet": &m.set,
	}
	for document := range strings.SplitSeq(string(text), "\n---\n") {
		var kind metav1.TypeMeta
		if err := yaml.Unmarshal([]byte(document), &kind); err != nil {
			t.Fatalf("%v in:\n%s", err, document)
		}
		name := kind.APIVersion + " " + kind.Kind
		if into[name] == nil {
			t.Fatalf("there is no second %s, or it is of no kind that is known here", name)
		}
		if err := yaml.UnmarshalStrict([]byte(document), into[name]); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		delete(into, name)
	}
	for name := range into {
		t.Errorf("there is no %s", name)
	}
	return m
}

// The Service leads to each pod, also before it is ready, at the port that it listens on.
func TestService(t *testing.T) {
	m := read(t)
	spec, pod := m.service.Spec, m.set.Spec.Template
	if spec.ClusterIP != corev1.ClusterIPNone || !spec.PublishNotReadyAddresses || m.set.Spec.ServiceName != m.service.Name {
		t.Errorf("the Service is no headless one of the StatefulSet, or leaves out who is not ready: %+v", spec)
	}
	for _, labels := range []map[string]string{spec.Selector, m.set.Spec.Selector.MatchLabels, m.budget.Spec.Selector.MatchLabels} {
		for key, value := range labels {
			if pod.Labels[key] != value {
				t.Errorf("the pods have no label %s: %s", key, value)
			}
		}
		if len(labels) == 0 {
			t.Error("a selector selects all")
		}
	}
	port := pod.Spec.Containers[0].Ports[0]
	if len(spec.Ports) != 1 || spec.Ports[0].TargetPort.StrVal != port.Name || spec.Ports[0].Port != port.ContainerPort {
		t.Errorf("the Service's ports are %+v, the container's %+v", spec.Ports, port)
	}
}

// The pods may do what the Resolver does, and no more.
func TestRole(t *testing.T) {
	m := read(t)
	if len(m.role.Rules) != 1 || !slices.Equal(m.role.Rules[0].Verbs, []string{"list", "watch"}) ||
		!slices.Equal(m.role.Rules[0].Resources, []string{"endpointslices"}) || !slices.Equal(m.role.Rules[0].APIGroups, []string{"discovery.k8s.io"}) {
		t.Errorf("the role is %+v", m.role.Rules)
	}
	if m.binding.RoleRef.Name != m.role.Name || m.binding.RoleRef.Kind != "Role" || len(m.binding.Subjects) != 1 || m.binding.Subjects[0].Name != m.account.Name ||
		m.set.Spec.Template.Spec.ServiceAccountName != m.account.Name {
		t.Errorf("the role is bound to %+v", m.binding)
	}
}

// The server's flags name the Service, the port, and what is mounted.
func TestServer(t *testing.T) {
	m := read(t)
	server := m.set.Spec.Template.Spec.Containers[0]
	flags := make(map[string]string)
	for i := 0; i+1 < len(server.Args); i += 2 {
		flags[server.Args[i]] = server.Args[i+1]
	}
	mounted := make(map[string]string)
	for _, v := range server.VolumeMounts {
		mounted[v.Name] = v.MountPath
	}
	key := m.set.Spec.Template.Spec.Volumes[0]
	if flags["-kubernetes"] != m.service.Name || flags["-listen"] != ":9000" || flags["-node"] != "$("+server.Env[0].Name+")" {
		t.Errorf("the flags are %v", flags)
	}
	if flags["-data"] != mounted[m.set.Spec.VolumeClaimTemplates[0].Name] || flags["-key-file"] != mounted[key.Name]+"/key" || key.Secret == nil {
		t.Errorf("the flags are %v, and what is mounted is %v", flags, mounted)
	}
	if server.Env[0].ValueFrom.FieldRef.FieldPath != "metadata.name" {
		t.Error("a server does not have the name of its pod")
	}
	for _, probe := range []*corev1.Probe{server.LivenessProbe, server.ReadinessProbe} {
		if probe.HTTPGet.Port.StrVal != server.Ports[0].Name || !strings.HasPrefix(probe.HTTPGet.Path, "/debug/grid/") {
			t.Errorf("a probe asks for %v", probe.HTTPGet)
		}
	}
}
