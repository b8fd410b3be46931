#!/usr/bin/env bash
# A registry on the cluster's own network, which the nodes know as localhost:5000, as the machine does: so an image has the same
# name and digest for docker and in the cluster (https://kind.sigs.k8s.io/docs/user/local-registry/).
set -euo pipefail
cluster=$1
docker run --detach --restart always --name kind-registry --network kind --publish 127.0.0.1:5000:5000 registry:2 > /dev/null
for node in $(kind get nodes --name "$cluster"); do
  docker exec "$node" mkdir -p /etc/containerd/certs.d/localhost:5000
  echo '[host."http://kind-registry:5000"]' | docker exec --interactive "$node" cp /dev/stdin /etc/containerd/certs.d/localhost:5000/hosts.toml
done
