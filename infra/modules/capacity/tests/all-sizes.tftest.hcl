# What must hold between a hundred users and a million: 81 sizes, each an eighth above the last.

variables {
  users = distinct([for step in range(81) : floor(100 * pow(10, step / 20))])
}

run "steady" {
  command = plan
  module {
    source = "./tests/many"
  }
  assert {
    condition     = output.shrinking == []
    error_message = "More users must not need less: ${join("; ", output.shrinking)}."
  }
  assert {
    condition     = output.overrun == []
    error_message = "The pools must fit the database's connections, also with ${join(", ", output.overrun)} users."
  }
  assert {
    condition     = output.short == []
    error_message = "Everything must be as large as the model needs, also with ${join(", ", output.short)} users."
  }
}

run "exam_start" {
  command = plan
  module {
    source = "./tests/many"
  }
  variables { exam_start_seconds = 90 }
  assert {
    condition     = output.shrinking == []
    error_message = "More users must not need less: ${join("; ", output.shrinking)}."
  }
  assert {
    condition     = output.overrun == []
    error_message = "The pools must fit the database's connections, also with ${join(", ", output.overrun)} users."
  }
  assert {
    condition     = output.short == []
    error_message = "Everything must be as large as the model needs, also with ${join(", ", output.short)} users."
  }
}
