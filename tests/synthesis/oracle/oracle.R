# The numbers that carta.synthesis is held against, from metafor, lme4 and R's own optimiser.
#
#   Rscript oracle.R OWN.csv FOLDER
#
# reads our own counts and the published ones that ship with metadat, and writes into FOLDER
#   published.csv   the published counts, so that they can be read without R
#   expected.csv    set, method, quantity, value
#   versions.csv    the versions it was made with
suppressPackageStartupMessages({
  library(metafor)
  library(metadat)
  library(lme4)
})

arguments <- commandArgs(trailingOnly = TRUE)
own <- read.csv(arguments[1], stringsAsFactors = FALSE)
folder <- arguments[2]

# Published counts. The studies' names are kept short; pritz1997 has two columns, the others two arms.
counts <- function(set, study, events, n) {
  data.frame(set = set, study = make.unique(as.character(study)), events = events, n = n)
}
published <- rbind(
  with(dat.pritz1997, counts("pritz1997", authors, xi, ni)),
  with(dat.nielweise2007, counts("nielweise2007-control", author, ci, n2i)),
  with(dat.nielweise2007, counts("nielweise2007-treated", author, ai, n1i)),
  with(dat.bcg, counts("bcg-control", paste(author, year), cpos, cpos + cneg)),
  with(dat.bcg, counts("bcg-vaccinated", paste(author, year), tpos, tpos + tneg))
)

found <- list()
keep <- function(set, method, values) {
  for (quantity in names(values)) {
    found[[length(found) + 1]] <<- data.frame(
      set = set, method = method, quantity = quantity,
      value = formatC(as.numeric(values[[quantity]]), digits = 15, format = "g")
    )
  }
}

beta_binomial <- function(y, n) {
  minus <- function(theta) {
    size <- exp(-theta[2])
    a <- plogis(theta[1]) * size
    b <- plogis(-theta[1]) * size
    -sum(lchoose(n, y) + lbeta(y + a, n - y + b) - lbeta(a, b))
  }
  best <- NULL
  for (start in c(-3, -1, 0.5)) {
    fit <- optim(c(qlogis(sum(y) / sum(n)), start), minus, method = "L-BFGS-B", lower = c(-30, -15), upper = c(30, 8), control = list(factr = 10, maxit = 2000))
    if (is.null(best) || fit$value < best$value) best <- fit
  }
  binomial <- -sum(dbinom(y, n, sum(y) / sum(n), log = TRUE))
  # Where size grows without bound, the log beta functions cancel and the value is noise.
  if (best$par[2] < -14 || best$value > binomial - 1e-7) {
    return(NULL)
  }
  # The gradient is taken by differences, so the optimum is sought again with finer ones.
  best <- optim(best$par, minus, method = "BFGS", hessian = TRUE, control = list(reltol = 1e-16, maxit = 2000, ndeps = c(1e-5, 1e-5)))
  theta <- exp(best$par[2])
  list(par = best$par, rho = theta / (1 + theta), se = sqrt(solve(best$hessian)[1, 1]), loglik = -best$value)
}

inverse_variance <- function(set, d) {
  for (measure in c("PLO", "PFT")) {
    es <- escalc(measure = measure, xi = d$events, ni = d$n)
    for (method in c("DL", "REML")) for (test in c("z", "knha")) {
      fit <- rma(yi, vi, data = es, method = method, test = test, control = list(threshold = 1e-12, maxiter = 10000, stepadj = 0.5))
      if (measure == "PLO") {
        p <- predict(fit, transf = transf.ilogit)
      } else {
        p <- predict(fit, transf = transf.ipft.hm, targs = list(ni = d$n))
      }
      keep(set, paste(measure, method, test), list(
        mean = fit$beta, se = fit$se, tau2 = fit$tau2, i2 = fit$I2, q = fit$QE,
        estimate = p$pred, low = p$ci.lb, high = p$ci.ub
      ))
      # metafor takes t with k - 1 degrees of freedom for the prediction interval too where the test is knha.
      keep(set, paste(measure, method, test), list(prediction_low = p$pi.lb, prediction_high = p$pi.ub))
    }
  }
}

mixed_model <- function(set, d) {
  if (diff(range(d$events / d$n)) == 0) {
    # lme4 takes no constant response (and metafor with it), but the answer is plain: no spread, the common logit.
    p <- sum(d$events) / sum(d$n)
    keep(set, "glmer 25", list(mean = qlogis(p), tau2 = 0, estimate = p))
    return(invisible())
  }
  for (nodes in c(7, 25)) {
    fit <- suppressWarnings(rma.glmm(measure = "PLO", xi = d$events, ni = d$n, nAGQ = nodes))
    p <- predict(fit, transf = transf.ilogit)
    keep(set, paste("glmm", nodes), list(
      mean = fit$beta, se = fit$se, tau2 = fit$tau2, i2 = fit$I2, q = fit$QE.LRT,
      estimate = p$pred, low = p$ci.lb, high = p$ci.ub, prediction_low = p$pi.lb, prediction_high = p$pi.ub
    ))
  }
  # rma.glmm hands on lme4's defaults, whose optimiser stops at about 1e-5; here it is made to go on.
  study <- factor(seq_along(d$events))
  strict <- glmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 100000), check.conv.grad = "ignore", check.conv.singular = "ignore", check.conv.hess = "ignore")
  fit <- suppressWarnings(glmer(cbind(d$events, d$n - d$events) ~ 1 + (1 | study), family = binomial, nAGQ = 25, control = strict))
  keep(set, "glmer 25", list(mean = fixef(fit), tau2 = VarCorr(fit)$study[1], estimate = plogis(fixef(fit))))
}

data <- rbind(published, own)
for (set in unique(data$set)) {
  d <- data[data$set == set, ]
  inverse_variance(set, d)
  mixed_model(set, d)
  fit <- beta_binomial(d$events, d$n)
  if (is.null(fit)) {
    # The spread is zero: the binomial model, in closed form.
    p <- sum(d$events) / sum(d$n)
    keep(set, "beta-binomial", list(mean = qlogis(p), se = sqrt(1 / (sum(d$n) * p * (1 - p))), rho = 0, estimate = p))
  } else {
    keep(set, "beta-binomial", list(
      mean = fit$par[1], se = fit$se, rho = fit$rho, estimate = plogis(fit$par[1]), log_likelihood = fit$loglik,
      low = plogis(fit$par[1] - qnorm(0.975) * fit$se), high = plogis(fit$par[1] + qnorm(0.975) * fit$se)
    ))
  }
  for (row in seq_len(nrow(d))) {
    ci <- binom.test(d$events[row], d$n[row])$conf.int
    keep(set, paste("exact", d$study[row]), list(low = ci[1], high = ci[2]))
  }
}

# Meta-regression of the BCG trials' control arms on latitude, and groups by the way of allocation.
d <- published[published$set == "bcg-control", ]
latitude <- dat.bcg$ablat
with <- rma.glmm(measure = "PLO", xi = d$events, ni = d$n, mods = ~latitude, nAGQ = 25)
study <- factor(seq_len(nrow(d)))
strict <- glmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 100000))
one <- glmer(cbind(d$events, d$n - d$events) ~ 1 + (1 | study), family = binomial, nAGQ = 25, control = strict)
line <- glmer(cbind(d$events, d$n - d$events) ~ scale(latitude) + (1 | study), family = binomial, nAGQ = 25, control = strict)
arms <- glmer(cbind(d$events, d$n - d$events) ~ dat.bcg$alloc + (1 | study), family = binomial, nAGQ = 25, control = strict)
keep("bcg-control", "latitude", list(
  intercept = with$beta[1], slope = with$beta[2], se = with$se[2], tau2 = VarCorr(line)$study[1],
  wald = with$zval[2], lr = 2 * as.numeric(logLik(line) - logLik(one))
))
keep("bcg-control", "allocation", list(lr = 2 * as.numeric(logLik(arms) - logLik(one))))

write.csv(published, file.path(folder, "published.csv"), row.names = FALSE, quote = TRUE)
write.csv(do.call(rbind, found), file.path(folder, "expected.csv"), row.names = FALSE, quote = TRUE)
versions <- data.frame(
  what = c("R", "metafor", "metadat", "lme4"),
  version = c(
    paste(R.version$major, R.version$minor, sep = "."),
    sapply(c("metafor", "metadat", "lme4"), function(package) as.character(packageVersion(package)))
  )
)
write.csv(versions, file.path(folder, "versions.csv"), row.names = FALSE, quote = TRUE)
