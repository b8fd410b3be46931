/** What the world must not reach. */
import { type Check, failed, failedForGood, passed } from '../check.ts';

/** Before the database is installed, Moodle's web installer is open to whoever comes first. */
export const installerClosed: Check = {
  name: 'Installer not reachable',
  async look(site) {
    const admin = await site.get('/admin/index.php');
    if (admin.status === 200 && /install|upgrade/i.test(admin.body) && !/login/i.test(admin.body))
      return failedForGood("/admin/index.php shows Moodle's installer to everybody; install the database");
    const answers = [`/admin/index.php ${admin.status}`];
    for (const path of ['/install.php', '/admin/cli/install.php']) {
      const { status } = await site.get(path);
      if (status < 400)
        return failed(`${path} answers ${status}; nginx must refuse it and the firewall's rule webinstaller too`);
      answers.push(`${path} ${status}`);
    }
    return passed(answers.join(', '));
  },
};

/** Probes are for the cluster and for Front Door itself. */
export const healthHidden: Check = {
  name: 'Health paths not public',
  async look(site) {
    const answers: string[] = [];
    for (const path of ['/healthz', '/readyz', '/fpm-status']) {
      const { status } = await site.get(path);
      if (status === 200)
        return failedForGood(
          `${path} is open to everybody; the Service must lead to port 8080 only, where nginx answers Front Door's own probe alone`,
        );
      answers.push(`${path} ${status}`);
    }
    return passed(answers.join(', '));
  },
};
