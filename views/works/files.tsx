/**
 * The files of a work: its script or JAR, what it reads and writes in its folder.
 * @module
 */
import { Say, t, told } from '../text/say.tsx'
import { Empty } from '../ui/empty.tsx'
import { Field } from '../ui/field.tsx'
import { formatBytes } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { PageHead, PostButton, Section } from '../ui/page.tsx'
import { ListTable } from '../ui/table.tsx'
import { type ShownWork, workPath } from './shown.ts'
import { When } from './words.tsx'
import { WorkTabs } from './work.tsx'

export interface ShownFile {
  readonly name: string
  readonly bytes: number
  readonly updated_at: string
}

export interface FilesProps {
  readonly work: ShownWork
  readonly files: readonly ShownFile[]
  readonly now: number
  readonly problem?: string
}

/** The page. A file is sent as it is where scripts run, so that it may be large; as a form where they do not. */
export function FilesPage({ work, files, now, problem }: FilesProps) {
  const path = `${workPath(work.work_id)}/files`
  const api = `/api/v1/works/${encodeURIComponent(work.work_id)}/files`
  return (
    <>
      <PageHead title={work.name} trail={[['/works', t('Works')]]} />
      <WorkTabs id={work.work_id} at="files" />
      {problem === undefined ? null : (
        <div class="form-error" role="alert">
          <Icon name="warning" />
          <span>{told(problem)}</span>
        </div>
      )}
      <Section id="files" title={t('Files')}>
        {files.length === 0 ? (
          <Empty title={t('Its folder has no files.')} />
        ) : (
          <ListTable
            caption={t('Files of the folder, by name')}
            items={files}
            columns={[
              {
                head: t('Name'),
                cell: ({ name }) => (
                  <a
                    class="break"
                    href={`${api}/${encodeURIComponent(name)}`}
                    download
                    hx-boost="false"
                  >
                    {name}
                  </a>
                ),
              },
              { head: t('Size'), kind: 'number', cell: ({ bytes }) => formatBytes(bytes) },
              { head: t('Changed'), cell: ({ updated_at: at }) => <When at={at} now={now} /> },
              {
                head: t('Actions'),
                kind: 'action',
                cell: ({ name }) => (
                  <PostButton
                    small
                    tone="danger"
                    action={`${path}/delete`}
                    fields={{ name }}
                    confirm={t('Delete file "{name}"?', { name })}
                  >
                    {t('Delete')}
                  </PostButton>
                ),
              },
            ]}
          />
        )}
      </Section>
      <form
        class="stacked"
        method="post"
        action={path}
        enctype="multipart/form-data"
        data-put={api}
        hx-boost="false"
      >
        <Section
          id="upload"
          title={t('Add a file')}
          note={t(
            'One of the same name is replaced. A work runs main.sql or its only *.sql, main.jar or its only *.jar.',
          )}
        >
          <div class="fields">
            <Field
              name="file"
              label={t('File')}
              control={(tie) => <input {...tie} type="file" required />}
            />
          </div>
          <p class="error" role="alert" data-refusal hidden></p>
          <p class="error" role="alert" data-logged-out hidden>
            <Say
              text="You are not logged in any more: {link}, then choose the file again."
              link={<a href="/login">{t('log in')}</a>}
            />
          </p>
          <p class="actions">
            <button type="submit" class="button primary">
              {t('Upload')}
            </button>
          </p>
        </Section>
      </form>
    </>
  )
}
