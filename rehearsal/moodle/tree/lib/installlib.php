<?php
/** The installation in Moodle's order, so that one that was cut off leaves behind what Moodle's would. */

/** Moodle's progress lines. REHEARSAL_PAUSE_MS stretches each step, for rehearsals that cut in. */
function install_part(string $title, callable $work): void {
    echo "-->$title\n";
    $started = microtime(true);
    $work();
    usleep(1000 * (int) (getenv('REHEARSAL_PAUSE_MS') ?: 0));
    printf("++ Success (%.2f seconds) ++\n", microtime(true) - $started);
}

function install_cli_database(array $options): void {
    global $CFG, $DB;
    $core = core_version();

    install_part('System', function () use ($CFG, $DB, $core): void {
        $DB->script(file_get_contents("$CFG->libdir/db/install.sql"));
        usleep(1000 * (int) (getenv('REHEARSAL_PAUSE_MS') ?: 0));
        hold('tables');
        upgrade_started();
        $DB->rows("INSERT INTO {course} (category, fullname, shortname, format) VALUES (0, '', '', 'site')");
        $DB->rows("INSERT INTO {user} (username, confirmed, firstname) VALUES ('guest', 1, 'Guest user'), ('admin', 1, 'Admin')");
        foreach (['manager', 'coursecreator', 'editingteacher', 'teacher', 'student', 'guest', 'user'] as $order => $role) {
            $DB->rows('INSERT INTO {role} (shortname, sortorder, archetype) VALUES ($1, $2, $1)', [$role, $order + 1]);
        }
        foreach (['session_cleanup_task', 'cache_cron_task', 'send_new_user_passwords_task'] as $task) {
            $DB->rows('INSERT INTO {task_scheduled} (component, classname) VALUES ($1, $2)', ['moodle', "\\core\\task\\$task"]);
        }
        set_config('version', $core['version']);
        set_config('siteidentifier', bin2hex(random_bytes(16)));
    });
    set_config('release', $core['release']);
    set_config('branch', $core['branch']);
    hold('core');

    foreach (plugin_versions() as $component => $version) {
        install_part($component, fn () => install_plugin($component, $version));
    }
    set_config('allversionshash', all_versions_hash());
    set_config('allcomponenthash', all_component_hash());
    hold('plugins');

    $DB->rows("UPDATE {user} SET username = \$1, password = \$2, email = \$3, lang = \$4 WHERE username = 'admin'", [
        $options['adminuser'], password_hash($options['adminpass'], PASSWORD_BCRYPT, ['cost' => 4]), $options['adminemail'], $options['lang'],
    ]);
    set_config('rolesactive', '1');
    upgrade_finished();
    hold('administrator');
    install_part('Default settings', function () use ($options): void {
        set_config('lang', $options['lang']);
        set_config('registerauth', '');
    });
    hold('settings');
    $DB->rows('UPDATE {course} SET fullname = $1, shortname = $2 WHERE category = 0', [$options['fullname'], $options['shortname']]);
}

function install_plugin(string $component, string $version): void {
    global $DB;
    $DB->rows('DELETE FROM {config_plugins} WHERE plugin = $1 AND name = $2', [$component, 'version']);
    $DB->rows('INSERT INTO {config_plugins} (plugin, name, value) VALUES ($1, $2, $3)', [$component, 'version', $version]);
}
