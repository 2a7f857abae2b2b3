/**
 * Programs in images, with a real podman. Needs Debian's podman, runc, busybox-static and bash-static; says what is
 * missing.
 * @module
 */
import './engine.container.ts'
import './openpai.container.ts'
