// 每个页面的框架，以及各页面通用的文字：简体中文。

import type { frame as english } from '../en/frame';
import type { Translated } from '../catalogue';

export const frame: Translated<typeof english> = {
  'app.name': '银行数据源',
  'app.skip': '跳到正文',
  'app.nav': '银行数据源',
  'app.language': '语言',
  'app.language_missing': '无法加载{language}的文字，页面暂时保持当前语言。如果重试无效，请重新加载页面。',
  'app.signed_in': '当前用户：{user}',
  'app.environment': '测试环境：{environment}',
  'app.version': '版本 {version}',
  'app.loading': '正在加载…',
  'app.try_again': '重试',
  'app.back': '返回连接列表',
  'app.reload': '重新加载页面',
  'app.look_only': '您可以查看这里的全部内容，但不能更改。如需关联账户，请向管理角色的人申请权限。',
  'app.stale': '无法连接服务器。当前显示的是 {when} 的数据，系统会自动重试。',
  'app.bank': '该银行',
  'app.bank_unnamed': '未命名的银行',
  'app.books': '返回账簿',
  'app.unknown': '未知',
  'app.none': '无',

  'nav.connections': '连接',
  'nav.held': '暂存交易',
  'nav.activity': '活动记录',
  'nav.health': '运行状况',

  'tone.good': '正常',
  'tone.busy': '进行中',
  'tone.warn': '请注意',
  'tone.bad': '需要处理',
  'tone.quiet': '已结束',

  'action.repair': '到银行登录',
  'action.renew': '续期授权',
  'action.connect_again': '重新连接',
  'action.review': '审核新账户',
  'action.decide_again': '重新决定',
  'action.choose': '到银行选择账户',
  'action.sync': '立即同步',
  'action.see_held': '查看暂存交易',
  'action.decide_held': '处理这些交易',
  'action.see_health': '查看运行状况',
  'action.open_books': '打开账簿',
  'action.see_activity': '查看活动记录',

  'books.words': '账簿的说明：{text}',

  'unknown.title': '没有此页面',
  'unknown.text': '地址可能已过期或不完整。',

  'error.title': '操作未成功。',
  'error.code': '代码：{code}',

  'environment.sandbox': '沙盒',
  'environment.production': '生产',
};
