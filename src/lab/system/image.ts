/** The image that the lab's own pods name: a kubelet of the lab runs its programs from the machine instead. */
export const LAB_IMAGE = 'docker.io/rig/tools:1';
