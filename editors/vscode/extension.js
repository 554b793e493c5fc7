// Starts `freehold lsp` for SQL files and lets VS Code talk to it.
'use strict'

const vscode = require('vscode')
const { LanguageClient } = require('vscode-languageclient/node')

/** @type {LanguageClient | undefined} */
let client

function make() {
  const command = vscode.workspace.getConfiguration('freehold').get('path', 'freehold')
  const server = { command, args: ['lsp'] }
  return new LanguageClient('freehold', 'Freehold', server, {
    documentSelector: [{ scheme: 'file', language: 'sql' }, { scheme: 'file', pattern: '**/*.sql' }],
  })
}

async function start() {
  client = make()
  try {
    await client.start()
  } catch (error) {
    const say = `Freehold could not be started: ${error.message ?? error}. Set freehold.path to the program.`
    vscode.window.showErrorMessage(say)
  }
}

async function activate(context) {
  const restart = vscode.commands.registerCommand('freehold.restart', async () => {
    await deactivate()
    await start()
  })
  const changed = vscode.workspace.onDidChangeConfiguration(async (event) => {
    if (event.affectsConfiguration('freehold.path')) await vscode.commands.executeCommand('freehold.restart')
  })
  context.subscriptions.push(restart, changed)
  await start()
}

async function deactivate() {
  const old = client
  client = undefined
  if (old?.isRunning()) await old.stop()
}

module.exports = { activate, deactivate }
