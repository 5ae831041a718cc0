import { Keyboard } from './hands.mjs';
import { walkTheStory } from './walk.mjs';

walkTheStory('the story at a desk, in English, by keyboard alone', { name: 'keyboard', language: 'en', size: 'desktop', hands: Keyboard, pictured: false });
