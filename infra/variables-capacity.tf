variable "exam_start_seconds" {
  description = "All concurrent users begin the same exam within so many seconds. Null: nobody begins at a common time."
  type        = number
  default     = null

  validation {
    condition     = var.exam_start_seconds == null ? true : floor(var.exam_start_seconds) == var.exam_start_seconds && var.exam_start_seconds >= 10 && var.exam_start_seconds <= 3600
    error_message = "exam_start_seconds is ${coalesce(var.exam_start_seconds, 0)}; give a whole number of seconds from 10 to 3600, or leave it out."
  }
}
