<?php
require __DIR__ . '/config.php';
redirect(isset($_SESSION['userid']) ? '/my/' : '/login/index.php');
