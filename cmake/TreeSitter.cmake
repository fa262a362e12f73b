# tree-sitter: the runtime and each grammar as C libraries, compiled once.
set(tree_sitter "${QUARTET_DEPS}/tree-sitter-0.24.7")
if(NOT EXISTS "${tree_sitter}/lib/src/lib.c")
  message(FATAL_ERROR "tree-sitter is not in ${tree_sitter}: run scripts/setup.sh first")
endif()

# The runtime is compiled from a copy in which a few loops are replaced by look-ups (src/code/recovery_tables.h). Each
# replacement does the same as what it replaces; a text that is not found is an error.
set(runtime "${PROJECT_BINARY_DIR}/tree_sitter")
function(quartet_copy_runtime)
  file(GLOB_RECURSE files RELATIVE "${tree_sitter}/lib" "${tree_sitter}/lib/src/*")
  foreach(file IN LISTS files)
    if(NOT file MATCHES "/(parser|stack|subtree|lexer)\\.c$")
      configure_file("${tree_sitter}/lib/${file}" "${runtime}/${file}" COPYONLY)
    endif()
  endforeach()
endfunction()

# quartet_replace(VARIABLE OLD NEW): replaces the one place where OLD stands in the text of VARIABLE.
function(quartet_replace variable old new)
  set(text "${${variable}}")
  string(FIND "${text}" "${old}" first)
  string(FIND "${text}" "${old}" last REVERSE)
  if(first EQUAL -1 OR NOT first EQUAL last)
    message(FATAL_ERROR "tree-sitter's ${variable} is not the one that fits: one place expected with\n${old}")
  endif()
  string(REPLACE "${old}" "${new}" text "${text}")
  set(${variable} "${text}" PARENT_SCOPE)
endfunction()

function(quartet_write_runtime file text)
  file(WRITE "${runtime}/changed/${file}" "${text}")
  configure_file("${runtime}/changed/${file}" "${runtime}/src/${file}" COPYONLY)  # touched only if it differs
endfunction()

function(quartet_change_parser)
  file(READ "${tree_sitter}/lib/src/parser.c" parser)
  quartet_replace(parser [=[#include "./reusable_node.h"
]=] [=[#include "./reusable_node.h"
#include "recovery_tables.h"
]=])
  # The reductions of all tokens of a state.
  quartet_replace(parser [=[
    for (TSSymbol symbol = first_symbol; symbol < end_symbol; symbol++) {
      TableEntry entry;]=] [=[
    if (lookahead_symbol == 0) {
      has_shift_action = quartet_add_reductions(self->language, state, &self->reduce_actions);
      end_symbol = 0;
    }
    for (TSSymbol symbol = first_symbol; symbol < end_symbol; symbol++) {
      TableEntry entry;]=])
  # The tokens that could be missing.
  quartet_replace(parser [=[      for (
        TSSymbol missing_symbol = 1;
        missing_symbol < (uint16_t)self->language->token_count;
        missing_symbol++
      ) {
        TSStateId state_after_missing_symbol = ts_language_next_state(
          self->language, state, missing_symbol
        );
        if (state_after_missing_symbol == 0 || state_after_missing_symbol == state) {
          continue;
        }

        if (ts_language_has_reduce_action(]=] [=[      const QuartetLanguage *tables = quartet_language(self->language);
      for (uint32_t shift = tables->shifts_at[state]; shift < tables->shifts_at[state + 1]; shift++) {
        const TSSymbol missing_symbol = tables->shifts[shift].symbol;
        const TSStateId state_after_missing_symbol = tables->shifts[shift].next_state;
        if (quartet_has_reduction(]=])
  # Nobody asks for a log.
  quartet_replace(parser [=[#define LOG(...)                                                                            \
  if (self->lexer.logger.log || self->dot_graph_file) {]=] [=[#define LOG(...) \
  if (false) {]=])
  quartet_replace(parser [=[#define LOG_LOOKAHEAD(symbol_name, size)                      \
  if (self->lexer.logger.log || self->dot_graph_file) {]=] [=[#define LOG_LOOKAHEAD(symbol_name, size) \
  if (false) {]=])
  quartet_write_runtime(parser.c "${parser}")
endfunction()

function(quartet_change_stack)
  file(READ "${tree_sitter}/lib/src/stack.c" stack)
  # A new node has at most one of its eight links.
  quartet_replace(stack [=[  *node = (StackNode) {
    .ref_count = 1,
    .link_count = 0,
    .state = state
  };
]=] [=[  node->ref_count = 1;
  node->link_count = 0;
  node->state = state;
  node->node_count = 0;
  node->dynamic_precedence = 0;
]=])
  # Most often a single path leads back: no iterators are needed.
  quartet_replace(stack [=[StackSliceArray ts_stack_pop_count(Stack *self, StackVersion version, uint32_t count) {
]=] [=[static bool quartet_pop_single_path(Stack *self, StackVersion version, uint32_t count) {
  StackNode *const first = array_get(&self->heads, version)->node;
  StackNode *node = first;
  uint32_t tree_count = 0;
  for (uint32_t counted = 0; counted < count; node = node->links[0].node) {
    if (node->link_count != 1) return false;
    const Subtree subtree = node->links[0].subtree;
    if (!subtree.ptr || !ts_subtree_extra(subtree)) counted++;
    if (subtree.ptr) tree_count++;
  }
  SubtreeArray subtrees = array_new();
  array_reserve(&subtrees, (uint32_t)(ts_subtree_alloc_size(tree_count) / sizeof(Subtree)));
  subtrees.size = tree_count;
  for (StackNode *each = first; each != node; each = each->links[0].node) {
    const Subtree subtree = each->links[0].subtree;
    if (!subtree.ptr) continue;
    if (!subtree.data.is_inline) ts_subtree_retain(subtree);
    subtrees.contents[--tree_count] = subtree;
  }
  array_clear(&self->slices);
  ts_stack__add_slice(self, version, node, &subtrees);
  return true;
}

StackSliceArray ts_stack_pop_count(Stack *self, StackVersion version, uint32_t count) {
  if (quartet_pop_single_path(self, version, count)) return self->slices;
]=])
  quartet_write_runtime(stack.c "${stack}")
endfunction()

function(quartet_change_subtree)
  file(READ "${tree_sitter}/lib/src/subtree.c" subtree)
  # Error recovery may gather everything before an error into one node again at each token behind it.
  quartet_replace(subtree [=[  ts_assert(!self.data.is_inline);

  self.ptr->named_child_count = 0;]=] [=[  ts_assert(!self.data.is_inline);
  quartet_num_children_gathered += self.ptr->child_count;

  self.ptr->named_child_count = 0;]=])
  quartet_write_runtime(subtree.c "${subtree}")
endfunction()

function(quartet_change_lexer)
  file(READ "${tree_sitter}/lib/src/lexer.c" lexer)
  quartet_replace(lexer [=[  UnicodeDecodeFunction decode = self->input.encoding]=] [=[  if (*chunk < 0x80 && self->input.encoding == TSInputEncodingUTF8) {
    self->data.lookahead = *chunk;
    self->lookahead_size = 1;
    return;
  }
  UnicodeDecodeFunction decode = self->input.encoding]=])
  # To the next ASCII character of the same line and chunk; there is one range, the whole text.
  quartet_replace(lexer [=[  if (!self->chunk) return;

  if (skip) {]=] [=[  if (!self->chunk) return;

  const uint32_t next = self->current_position.bytes + 1 - self->chunk_start;
  if (self->lookahead_size == 1 && self->data.lookahead != '\n' && next < self->chunk_size &&
      self->current_included_range_index == 0 && self->input.encoding == TSInputEncodingUTF8) {
    const uint8_t character = (uint8_t)self->chunk[next];
    if (character < 0x80) {
      self->current_position.bytes++;
      self->current_position.extent.column++;
      if (skip) self->token_start_position = self->current_position;
      self->data.lookahead = character;
      return;
    }
  }

  if (skip) {]=])
  quartet_write_runtime(lexer.c "${lexer}")
endfunction()

quartet_copy_runtime()
quartet_change_parser()
quartet_change_stack()
quartet_change_subtree()
quartet_change_lexer()

# These files of ours read the runtime's own structures or take the place of its parts.
set(own_sources subtree_walk.c dense_language.c parser_memory.c)
list(TRANSFORM own_sources PREPEND "${PROJECT_SOURCE_DIR}/src/code/")
add_library(tree_sitter STATIC "${runtime}/src/lib.c" ${own_sources})
target_include_directories(tree_sitter SYSTEM PUBLIC "${tree_sitter}/lib/include" PRIVATE "${runtime}/src"
                           "${PROJECT_SOURCE_DIR}/src/code")
# General registers only: gcc copies small structs by 16 bytes at once that were just written by 4 and 8, and waits for the
# store each time.
target_compile_options(tree_sitter PRIVATE -std=c11 -w -O3 -fno-semantic-interposition -mgeneral-regs-only
                       -include ${PROJECT_SOURCE_DIR}/src/code/runtime_overrides.h)
target_compile_definitions(tree_sitter PRIVATE _DEFAULT_SOURCE)

function(quartet_add_grammar name version)
  set(dir "${QUARTET_DEPS}/grammars/${name}-${version}/src")
  if(NOT EXISTS "${dir}/parser.c")
    message(FATAL_ERROR "the ${name} grammar ${version} is not in ${dir}: run scripts/setup.sh first")
  endif()
  set(sources "${dir}/parser.c")
  foreach(scanner scanner.c scanner.cc)
    if(EXISTS "${dir}/${scanner}")
      list(APPEND sources "${dir}/${scanner}")
    endif()
  endforeach()
  add_library(grammar_${name} STATIC ${sources})
  target_include_directories(grammar_${name} PRIVATE "${dir}")
  # Their scanners copy nothing from null pointers, which the undefined-behaviour sanitizer stops at; addresses are checked.
  target_compile_options(grammar_${name} PRIVATE -O2 -fno-semantic-interposition -w -fno-sanitize=undefined $<$<COMPILE_LANGUAGE:C>:-std=gnu11>)
  foreach(source IN LISTS sources)
    if(source MATCHES "scanner")  # what they call a blank or a letter must not depend on the locale
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "-include;${PROJECT_SOURCE_DIR}/src/code/wide_ctype.h")
    endif()
  endforeach()
endfunction()
quartet_add_grammar(python 0.20.4)
quartet_add_grammar(java 0.20.2)
quartet_add_grammar(javascript 0.20.3)
quartet_add_grammar(cpp 0.20.3)
quartet_add_grammar(c 0.20.7)
quartet_add_grammar(c-sharp 0.20.0)
quartet_add_grammar(php 0.20.0)
quartet_add_grammar(go 0.20.0)
quartet_add_grammar(ruby 0.19.0)
quartet_add_grammar(rust 0.20.1)
