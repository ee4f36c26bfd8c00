#!/bin/sh
# A trust-anchor rotation as people script it: Linkerd's guide with kubectl, fixed waits, and no look at
# what has happened. Usage: rotate.sh 2025|corrected
#
# COMPONENTS       the program that holds kubectl
# NAMESPACES       of the data plane
# SETTLE_SECONDS   what is waited for the bundle to reach every mount
# LEAF_SECONDS     one lifetime of a leaf
set -eu

kubectl() { "$COMPONENTS" kubectl "$@"; }

# Each is something that a person does, and waits for.
step() { echo "step: $*"; }

# As `cmctl renew` does.
renew() {
  now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  condition='{"type":"Issuing","status":"True","reason":"ManuallyTriggered","message":"Certificate re-issuance manually triggered","lastTransitionTime":"'$now'"}'
  kubectl patch certificate "$2" -n "$1" --subresource=status --type=json \
    -p '[{"op":"add","path":"/status/conditions/-","value":'"$condition"'}]'
}

restart() {
  for namespace in "$@"; do kubectl rollout restart deployment -n "$namespace"; done
  for namespace in "$@"; do kubectl rollout status deployment -n "$namespace" --timeout 120s; done
}

renew_anchor() {
  step 'renew the trust anchor'
  renew cert-manager linkerd-trust-anchor
  sleep "$SETTLE_SECONDS"
}

renew_issuer() {
  step 'renew the identity issuer'
  renew linkerd linkerd-identity-issuer
  sleep "$SETTLE_SECONDS"
}

copy_anchor() {
  step 'copy the new anchor over the previous one'
  kubectl get secret linkerd-trust-anchor -n cert-manager -o yaml |
    sed -e 's/linkerd-trust-anchor/linkerd-previous-anchor/' |
    grep -E -v '^  *(resourceVersion|uid|creationTimestamp):' |
    kubectl apply -f -
  sleep "$SETTLE_SECONDS"
}

restart_control_plane() {
  step 'restart the control plane'
  restart linkerd
}

restart_data_plane() {
  step 'restart the data plane'
  # Unquoted: a list.
  restart $NAMESPACES
}

wait_for_leaves() {
  step 'wait for one lifetime of a leaf'
  sleep "$LEAF_SECONDS"
}

case "${1:-}" in
  2025)
    renew_anchor
    renew_issuer
    restart_control_plane
    wait_for_leaves
    restart_data_plane
    copy_anchor
    restart_control_plane
    restart_data_plane
    ;;
  corrected)
    renew_anchor
    restart_data_plane
    restart_control_plane
    renew_issuer
    wait_for_leaves
    copy_anchor
    restart_data_plane
    restart_control_plane
    ;;
  *)
    echo 'usage: rotate.sh 2025|corrected' >&2
    exit 2
    ;;
esac
