import { TextField } from '../ui/field.tsx'
/**
 * The page that makes a one-time code for a runner of another organisation, and shows its command once.
 * @module
 */
import { Code } from '../ui/json.tsx'
import { PageHead, Section } from '../ui/page.tsx'

/** The form; `problem` says what is wrong with what was sent. */
export function InvitePage(props: { parties: string; name: string; problem?: string }) {
  return (
    <>
      <Head />
      <Section id="invite" title="For whom?">
        <form method="post" action="/runners/invite" class="form" hx-boost="false">
          <TextField
            name="parties"
            label="Parties"
            hint="The ids of the parties that the runner serves, with commas between them. It can read and write nothing of any other party."
            value={props.parties}
            error={props.problem}
          />
          <TextField
            name="name"
            label="Name of its token"
            hint="What it is called in the list of tokens, for whoever revokes it one day."
            value={props.name}
          />
          <button type="submit" class="button primary">
            Make a code
          </button>
        </form>
      </Section>
    </>
  )
}

/** The command with a code; whoever leaves the page cannot see it again. */
export function InvitedPage(props: {
  command: string
  parties: readonly string[]
  minutes: number
  local: boolean
}) {
  const { command, parties, minutes, local } = props
  return (
    <>
      <Head />
      <Section
        id="invited"
        title={`A code for party ${parties.join(', ')}`}
        note={`Good for one runner and ${minutes} minutes. It is shown only now: send it to whoever starts the runner, over a channel that both of you trust.`}
      >
        <Code text={command} label="Commands for the runner's host" />
        {local ? (
          <p class="note">
            The address is that of this machine: set <code>WEFT_PUBLIC_URL</code> for runners
            elsewhere.
          </p>
        ) : null}
      </Section>
    </>
  )
}

function Head() {
  return (
    <PageHead
      title="Invite a runner"
      lead="A one-time code stands for a token of the runner's own: whoever has the code first gets the token, and the code is worth nothing afterwards."
      trail={[['/runners', 'Runners']]}
    />
  )
}
