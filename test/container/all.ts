/**
 * Programs in images, with a real podman and a real docker, and from a registry. Needs Debian's podman, runc, docker.io,
 * docker-registry, apache2-utils, busybox-static and bash-static; says what is missing.
 * @module
 */
import './engine.container.ts'
import './openpai.container.ts'
