-- Drives the language server from neovim, as a person would, and writes a line for each thing that went as it should.

local lines = {}

local function finish(code)
  local file = assert(io.open(os.getenv("REPORT"), "w"))
  for _, line in ipairs(lines) do file:write(line, "\n") end
  file:close()
  vim.cmd(code == 0 and "qall!" or "cquit!")
end

local function check(name, test)
  local fine, problem = pcall(test)
  table.insert(lines, name .. ": " .. (fine and "ok" or tostring(problem)))
end

-- Waits until something is true; longer than anything takes.
local function eventually(what, condition)
  if not vim.wait(30000, condition, 10) then error("this never came: " .. what) end
end

local function buffer_text() return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n") end

-- Puts the cursor on the nth character of the first occurrence of a text.
local function go_to(text, nth)
  vim.fn.cursor(1, 1)
  assert(vim.fn.search("\\V" .. text, "cW") > 0, "not in the buffer: " .. text)
  vim.fn.cursor(vim.fn.line("."), vim.fn.col(".") + nth)
end

vim.cmd("edit mtad.yaml")
local client = vim.lsp.start_client({
  name = "windlass",
  cmd = { os.getenv("WINDLASS"), "lsp" },
  root_dir = vim.fn.getcwd(),
})
assert(client, "the server does not start")
vim.lsp.buf_attach_client(0, client)
eventually("the server is ready", function()
  local found = vim.lsp.get_client_by_id(client)
  return found and found.initialized
end)

local function ask(method, more)
  local params = vim.lsp.util.make_position_params()
  for key, value in pairs(more or {}) do params[key] = value end
  local answers, problem = vim.lsp.buf_request_sync(0, method, params, 30000)
  assert(answers, problem)
  local answer = answers[client]
  assert(answer and not answer.err, vim.inspect(answer))
  return answer.result
end

local function has_finding(code)
  return function()
    for _, diagnostic in ipairs(vim.diagnostic.get(0)) do
      if diagnostic.code == code or (diagnostic.user_data and diagnostic.user_data.lsp.code == code) then return true end
    end
    return false
  end
end

check("diagnostics", function()
  eventually("the findings of the file", has_finding("unused-resource"))
  assert(not has_finding("unresolved-reference")(), "there is no wrong reference yet")
  -- What is typed is judged, saved or not.
  go_to("~{address}", 0)
  vim.cmd("normal! 2lcwadress")
  eventually("the finding of a slip", has_finding("unresolved-reference"))
  vim.cmd("normal! u")
  eventually("that the slip is gone", function() return not has_finding("unresolved-reference")() end)
end)

check("hover", function()
  go_to("${greeting}", 3)
  local text = ask("textDocument/hover").contents.value
  assert(text:find("hello basic", 1, true) and text:find("welcome", 1, true) and text:find("prod.mtaext", 1, true), text)
  -- The window that a person sees.
  vim.lsp.buf.hover()
  eventually("the window with the hover", function()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= "" then return true end
    end
    return false
  end)
end)

check("completion", function()
  go_to("~{address}", 2)
  vim.cmd("normal! dt}")
  local found = {}
  for _, item in ipairs(ask("textDocument/completion").items) do found[item.label] = item end
  assert(found.address and found.token, vim.inspect(found))
  assert(found.token.detail == "(sensitive)", vim.inspect(found.token))
  vim.lsp.util.apply_text_edits({ found.address.textEdit }, 0, "utf-16")
  assert(buffer_text():find("BACKEND: ~{address}/v1", 1, true), buffer_text())
end)

check("definition", function()
  go_to("~{address}", 4)
  vim.lsp.buf.definition()
  eventually("the cursor at the definition", function()
    return vim.api.nvim_get_current_line():find("address: http", 1, true) ~= nil
  end)
end)

check("rename", function()
  go_to("greeting: hello", 2)
  vim.lsp.buf.rename("salute")
  eventually("the new name in this file", function()
    return buffer_text():find("${salute} from", 1, true) and buffer_text():find("salute: hello", 1, true)
  end)
  eventually("the new name in the extension", function()
    local other = vim.fn.bufnr("prod.mtaext")
    if other < 0 then return false end
    local text = table.concat(vim.api.nvim_buf_get_lines(other, 0, -1, false), "\n")
    return text:find("salute: welcome", 1, true) and text:find("${salute}!", 1, true)
  end)
end)

check("code action", function()
  go_to("name: unused", 6)
  local line = vim.fn.line(".") - 1
  local range = { start = { line = line, character = 0 }, ["end"] = { line = line, character = 99 } }
  local actions = ask("textDocument/codeAction", { range = range, context = { diagnostics = {} } })
  local allow
  for _, action in ipairs(actions) do
    if action.title:find("Allow", 1, true) then allow = action end
  end
  assert(allow, vim.inspect(actions))
  vim.lsp.util.apply_workspace_edit(allow.edit, "utf-16")
  assert(buffer_text():find("# windlass: allow[unused-resource]", 1, true), buffer_text())
end)

vim.lsp.stop_client(client)
local all_fine = true
for _, line in ipairs(lines) do all_fine = all_fine and vim.endswith(line, ": ok") end
finish(all_fine and 0 or 1)
