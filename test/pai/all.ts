/**
 * OpenPAI's own command line, `pai` of `@microsoft/openpai-js-sdk`, against a server with accounts. Installs it with npm
 * into a temporary folder (57 MB with what it needs), or takes the folder that `WEFT_PAI_SDK` names; says what is missing.
 * @module
 */
import './cli.pai.ts'
