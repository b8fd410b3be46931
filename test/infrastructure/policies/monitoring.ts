/** Logs, metrics, and who is called. */
import { at, list, type Plan, put, resources, text } from '../plan-json.ts';
import { argument, drop, one, type Policy } from '../policy.ts';

const metricAlert = 'azurerm_monitor_metric_alert';
const ruleGroup = 'azurerm_monitor_alert_prometheus_rule_group';

/** What Azure measures of its own services, by the names of our rules. */
const SERVICE_ALERTS = [
  'site-errors',
  'origin-unreachable',
  'slow-pages',
  'database-down',
  'database-cpu',
  'database-connections',
  'database-storage',
  'files-unavailable',
];

/** What only the cluster knows: our rules on Prometheus, and the series that each must look at. */
const CLUSTER_ALERTS: Record<string, RegExp> = {
  'autoscaler-at-maximum': /kube_horizontalpodautoscaler_spec_max_replicas/,
  'redis-memory': /container_memory_working_set_bytes.*container="redis"/,
  'pods-pending': /phase="Pending"/,
  'pods-restarting': /container_status_restarts_total/,
  'pool-app-at-maximum': /kube_node_info\{node=~"aks-app-/,
  'pool-redis-at-maximum': /kube_node_info\{node=~"aks-redis-/,
};

const rules = (plan: Plan): unknown[] => resources(plan, ruleGroup).flatMap(({ values }) => list(values, 'rule'));

export const monitoringPolicies: Policy[] = [
  ...['cluster', 'database', 'vault', 'registry', 'objects', 'front_door'].map(
    (subject): Policy => ({
      name: `logs of ${subject} are kept`,
      why: 'Without them nobody can say afterwards what happened.',
      root: 'infra',
      check: (plan) =>
        resources(plan, 'azurerm_monitor_diagnostic_setting').some(
          ({ index, values }) => index === subject && list(values, 'enabled_log').length > 0,
        )
          ? []
          : [`${subject} sends no logs`],
      plant: (plan) =>
        drop(plan, ({ type, index }) => type === 'azurerm_monitor_diagnostic_setting' && index === subject),
    }),
  ),
  argument({
    name: 'the workspace knows no keys',
    why: 'Its key lets anybody write false logs.',
    type: 'azurerm_log_analytics_workspace',
    path: 'local_authentication_enabled',
    is: [false],
    planted: true,
  }),
  argument({
    name: 'logs are kept for a month',
    why: 'Incidents are found late.',
    type: 'azurerm_log_analytics_workspace',
    path: 'retention_in_days',
    is: (value) => Number(value) >= 30,
    planted: 7,
  }),
  argument({
    name: 'logs of containers are sent without a key',
    why: 'The key of a workspace lets anybody write to it.',
    type: 'azurerm_kubernetes_cluster',
    path: 'oms_agent.0.msi_auth_for_monitoring_enabled',
    is: [true],
    planted: false,
  }),
  ...SERVICE_ALERTS.map(
    (alert): Policy => ({
      name: `somebody is called: ${alert}`,
      why: 'It must reach a person before users do.',
      root: 'infra',
      check: (plan) =>
        resources(plan, metricAlert).some(
          ({ index, values }) => index === alert && values.enabled !== false && list(values, 'action').length > 0,
        )
          ? []
          : [`nobody is called for ${alert}`],
      plant: (plan) => drop(plan, ({ type, index }) => type === metricAlert && index === alert),
    }),
  ),
  ...Object.entries(CLUSTER_ALERTS).map(
    ([alert, series]): Policy => ({
      name: `somebody is called: ${alert}`,
      why: 'It must reach a person before users do.',
      root: 'infra',
      check: (plan) =>
        rules(plan).some(
          (rule) =>
            at(rule, 'alert') === alert &&
            at(rule, 'enabled') === true &&
            series.test(text(rule, 'expression')) &&
            list(rule, 'action').length > 0,
        )
          ? []
          : [`nobody is called for ${alert}`],
      plant: (plan) =>
        put(
          one(plan, ruleGroup).values,
          'rule',
          rules(plan).filter((rule) => at(rule, 'alert') !== alert),
        ),
    }),
  ),
  {
    name: 'the rules on the cluster fit into one group',
    why: 'Azure takes 20 rules in a group and refuses more.',
    root: 'infra',
    check: (plan) => (rules(plan).length <= 20 ? [] : [`there are ${rules(plan).length}`]),
    plant: (plan) => put(one(plan, ruleGroup).values, 'rule', Array(21).fill({})),
  },
  argument({
    name: 'the rules on the cluster are on',
    why: 'A group can be switched off with everything in place.',
    type: ruleGroup,
    path: 'rule_group_enabled',
    is: [true],
    planted: false,
  }),
  {
    name: 'the cluster is measured by Prometheus',
    why: 'Autoscalers, pods and memory are seen from inside only.',
    root: 'infra',
    check: (plan) =>
      resources(plan, 'azurerm_kubernetes_cluster')
        .filter(({ values }) => list(values, 'monitor_metrics').length === 0)
        .map(({ address }) => `${address} has no metrics add-on`),
    plant: (plan) => put(one(plan, 'azurerm_kubernetes_cluster').values, 'monitor_metrics', []),
  },
  ...['containers', 'metrics'].map(
    (name): Policy => ({
      name: `what the cluster says has a place to go: ${name}`,
      why: 'The agents send what a rule names, and nothing without one.',
      root: 'infra',
      check: (plan) =>
        resources(plan, 'azurerm_monitor_data_collection_rule_association').some((found) => found.name === name)
          ? []
          : [`the rule ${name} is not associated with the cluster`],
      plant: (plan) =>
        drop(plan, (found) => found.type === 'azurerm_monitor_data_collection_rule_association' && found.name === name),
    }),
  ),
  argument({
    name: 'logs are not paid for as metrics',
    why: 'A row for each counter of each pod and minute costs more than the database.',
    type: 'azurerm_monitor_data_collection_rule',
    where: ({ name }) => name === 'containers',
    path: 'data_flow.0.streams',
    is: (value) => Array.isArray(value) && !value.some((stream) => /Perf|InsightsMetrics|Group-Default/.test(stream)),
    planted: ['Microsoft-ContainerInsights-Group-Default'],
  }),
];
