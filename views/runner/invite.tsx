/**
 * The page that makes a one-time code for a runner of another organisation, and shows its command once.
 * @module
 */
import { Say, t } from '../text/say.tsx'
import { TextField } from '../ui/field.tsx'
import { Code } from '../ui/json.tsx'
import { PageHead, Section } from '../ui/page.tsx'

/** The form; `problem` says what is wrong with what was sent. */
export function InvitePage(props: { parties: string; name: string; problem?: string }) {
  return (
    <>
      <Head />
      <Section id="invite" title={t('For whom?')}>
        <form method="post" action="/runners/invite" class="form" hx-boost="false">
          <TextField
            name="parties"
            label={t('Parties')}
            hint={t(
              'The ids of the parties that the runner serves, with commas between them. It can read and write nothing of any other party.',
            )}
            value={props.parties}
            error={props.problem}
          />
          <TextField
            name="name"
            label={t('Name of its token')}
            hint={t('What it is called in the list of tokens, for whoever revokes it one day.')}
            value={props.name}
          />
          <button type="submit" class="button primary">
            {t('Make a code')}
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
        title={t('A code for party {parties}', { parties: parties.join(', ') })}
        note={t(
          'Good for one runner and {minutes} minutes. It is shown only now: send it to whoever starts the runner, over a channel that both of you trust.',
          { minutes },
        )}
      >
        <Code text={command} label={t("Commands for the runner's host")} />
        {local ? (
          <p class="note">
            <Say
              text="The address is that of this machine: set {code} for runners elsewhere."
              code={<code>WEFT_PUBLIC_URL</code>}
            />
          </p>
        ) : null}
      </Section>
    </>
  )
}

function Head() {
  return (
    <PageHead
      title={t('Invite a runner')}
      lead={t(
        "A one-time code stands for a token of the runner's own: whoever has the code first gets the token, and the code is worth nothing afterwards.",
      )}
      trail={[['/runners', t('Runners')]]}
    />
  )
}
